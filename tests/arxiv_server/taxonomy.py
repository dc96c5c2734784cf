"""arXiv's categories, archives and groups, with their names, and the specs that requests use. Facts; no papers."""

from collections.abc import Iterable
from functools import cache

# Categories that are two names of one: here the name that listings drop, and the one that they print.
ALIASES = {
    "math.MP": "math-ph",
    "stat.TH": "math.ST",
    "math.IT": "cs.IT",
    "q-fin.EC": "econ.GN",
    "cs.SY": "eess.SY",
    "cs.NA": "math.NA",
}
_OTHER_NAMES = {**ALIASES, **{name: alias for alias, name in ALIASES.items()}}

GROUPS = {
    "physics": "Physics",
    "math": "Mathematics",
    "q-bio": "Quantitative Biology",
    "cs": "Computer Science",
    "q-fin": "Quantitative Finance",
    "stat": "Statistics",
    "eess": "Electrical Engineering and Systems Science",
    "econ": "Economics",
}

ARCHIVES = {
    "astro-ph": "Astrophysics",
    "cond-mat": "Condensed Matter",
    "cs": "Computer Science",
    "econ": "Economics",
    "eess": "Electrical Engineering and Systems Science",
    "gr-qc": "General Relativity and Quantum Cosmology",
    "hep-ex": "High Energy Physics - Experiment",
    "hep-lat": "High Energy Physics - Lattice",
    "hep-ph": "High Energy Physics - Phenomenology",
    "hep-th": "High Energy Physics - Theory",
    "math-ph": "Mathematical Physics",
    "math": "Mathematics",
    "nlin": "Nonlinear Sciences",
    "nucl-ex": "Nuclear Experiment",
    "nucl-th": "Nuclear Theory",
    "physics": "Physics",
    "q-bio": "Quantitative Biology",
    "q-fin": "Quantitative Finance",
    "quant-ph": "Quantum Physics",
    "stat": "Statistics",
}
_OF_PHYSICS = (
    "astro-ph",
    "cond-mat",
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math-ph",
    "nlin",
    "nucl-ex",
    "nucl-th",
    "physics",
    "quant-ph",
)
WITHOUT_CLASSES = (
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math-ph",
    "nucl-ex",
    "nucl-th",
    "quant-ph",
)

_CLASSES = """
astro-ph.CO Cosmology and Nongalactic Astrophysics
astro-ph.EP Earth and Planetary Astrophysics
astro-ph.GA Astrophysics of Galaxies
astro-ph.HE High Energy Astrophysical Phenomena
astro-ph.IM Instrumentation and Methods for Astrophysics
astro-ph.SR Solar and Stellar Astrophysics
cond-mat.dis-nn Disordered Systems and Neural Networks
cond-mat.mes-hall Mesoscale and Nanoscale Physics
cond-mat.mtrl-sci Materials Science
cond-mat.other Other Condensed Matter
cond-mat.quant-gas Quantum Gases
cond-mat.soft Soft Condensed Matter
cond-mat.stat-mech Statistical Mechanics
cond-mat.str-el Strongly Correlated Electrons
cond-mat.supr-con Superconductivity
cs.AI Artificial Intelligence
cs.AR Hardware Architecture
cs.CC Computational Complexity
cs.CE Computational Engineering, Finance, and Science
cs.CG Computational Geometry
cs.CL Computation and Language
cs.CR Cryptography and Security
cs.CV Computer Vision and Pattern Recognition
cs.CY Computers and Society
cs.DB Databases
cs.DC Distributed, Parallel, and Cluster Computing
cs.DL Digital Libraries
cs.DM Discrete Mathematics
cs.DS Data Structures and Algorithms
cs.ET Emerging Technologies
cs.FL Formal Languages and Automata Theory
cs.GL General Literature
cs.GR Graphics
cs.GT Computer Science and Game Theory
cs.HC Human-Computer Interaction
cs.IR Information Retrieval
cs.IT Information Theory
cs.LG Machine Learning
cs.LO Logic in Computer Science
cs.MA Multiagent Systems
cs.MM Multimedia
cs.MS Mathematical Software
cs.NA Numerical Analysis
cs.NE Neural and Evolutionary Computing
cs.NI Networking and Internet Architecture
cs.OH Other Computer Science
cs.OS Operating Systems
cs.PF Performance
cs.PL Programming Languages
cs.RO Robotics
cs.SC Symbolic Computation
cs.SD Sound
cs.SE Software Engineering
cs.SI Social and Information Networks
cs.SY Systems and Control
econ.EM Econometrics
econ.GN General Economics
econ.TH Theoretical Economics
eess.AS Audio and Speech Processing
eess.IV Image and Video Processing
eess.SP Signal Processing
eess.SY Systems and Control
math.AC Commutative Algebra
math.AG Algebraic Geometry
math.AP Analysis of PDEs
math.AT Algebraic Topology
math.CA Classical Analysis and ODEs
math.CO Combinatorics
math.CT Category Theory
math.CV Complex Variables
math.DG Differential Geometry
math.DS Dynamical Systems
math.FA Functional Analysis
math.GM General Mathematics
math.GN General Topology
math.GR Group Theory
math.GT Geometric Topology
math.HO History and Overview
math.IT Information Theory
math.KT K-Theory and Homology
math.LO Logic
math.MG Metric Geometry
math.MP Mathematical Physics
math.NA Numerical Analysis
math.NT Number Theory
math.OA Operator Algebras
math.OC Optimization and Control
math.PR Probability
math.QA Quantum Algebra
math.RA Rings and Algebras
math.RT Representation Theory
math.SG Symplectic Geometry
math.SP Spectral Theory
math.ST Statistics Theory
nlin.AO Adaptation and Self-Organizing Systems
nlin.CD Chaotic Dynamics
nlin.CG Cellular Automata and Lattice Gases
nlin.PS Pattern Formation and Solitons
nlin.SI Exactly Solvable and Integrable Systems
physics.acc-ph Accelerator Physics
physics.ao-ph Atmospheric and Oceanic Physics
physics.app-ph Applied Physics
physics.atm-clus Atomic and Molecular Clusters
physics.atom-ph Atomic Physics
physics.bio-ph Biological Physics
physics.chem-ph Chemical Physics
physics.class-ph Classical Physics
physics.comp-ph Computational Physics
physics.data-an Data Analysis, Statistics and Probability
physics.ed-ph Physics Education
physics.flu-dyn Fluid Dynamics
physics.gen-ph General Physics
physics.geo-ph Geophysics
physics.hist-ph History and Philosophy of Physics
physics.ins-det Instrumentation and Detectors
physics.med-ph Medical Physics
physics.optics Optics
physics.plasm-ph Plasma Physics
physics.pop-ph Popular Physics
physics.soc-ph Physics and Society
physics.space-ph Space Physics
q-bio.BM Biomolecules
q-bio.CB Cell Behavior
q-bio.GN Genomics
q-bio.MN Molecular Networks
q-bio.NC Neurons and Cognition
q-bio.OT Other Quantitative Biology
q-bio.PE Populations and Evolution
q-bio.QM Quantitative Methods
q-bio.SC Subcellular Processes
q-bio.TO Tissues and Organs
q-fin.CP Computational Finance
q-fin.EC Economics
q-fin.GN General Finance
q-fin.MF Mathematical Finance
q-fin.PM Portfolio Management
q-fin.PR Pricing of Securities
q-fin.RM Risk Management
q-fin.ST Statistical Finance
q-fin.TR Trading and Market Microstructure
stat.AP Applications
stat.CO Computation
stat.ME Methodology
stat.ML Machine Learning
stat.OT Other Statistics
stat.TH Statistics Theory
"""
NAMES = {
    **{archive: ARCHIVES[archive] for archive in WITHOUT_CLASSES},
    **dict(line.split(" ", 1) for line in _CLASSES.split("\n") if line),
}


class BadSpec(ValueError):
    """What arXiv answers with status 400, and why."""


def names_of(spec: str) -> tuple[str, ...]:
    """The archives and categories of a spec, in arXiv's case. Raises BadSpec with arXiv's kind of words."""
    return tuple(_name(part) for part in spec.split("+"))


def name_of(subject: str) -> str:
    """How arXiv calls an archive or category. Raises KeyError."""
    return NAMES[subject] if subject in NAMES else ARCHIVES[subject]


def archive_of(category: str) -> str:
    """`cs` of `cs.LG`."""
    return category.partition(".")[0]


def classes_of(archive: str) -> tuple[str, ...]:
    """The subject classes of an archive, without its name; none for one that is its own category."""
    return tuple(name.partition(".")[2] for name in NAMES if "." in name and archive_of(name) == archive)


def canonical(category: str) -> str:
    """The name of a category that listings print."""
    return ALIASES.get(category, category)


def touches(categories: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether one of the categories is wanted, by either of its names or by its archive."""
    wanted = tuple(wanted)
    return any(name in wanted for category in categories for name in _names_for(category))


@cache
def _names_for(category: str) -> tuple[str, ...]:
    both = (category, _OTHER_NAMES.get(category, category))
    return (*both, *(archive_of(name) for name in both))


@cache
def set_of(category: str) -> str:
    """The OAI set of a category: group, archive, class; an archive that is its own category has no third part."""
    archive, _, subject = category.partition(".")
    return ":".join(part for part in (group_of(archive), archive, subject) if part)


def group_of(archive: str) -> str:
    """The group of an archive."""
    return "physics" if archive in _OF_PHYSICS else archive


def oai_sets() -> list[tuple[str, str]]:
    """All sets with their names: groups, archives, categories. An archive that is its own category comes twice."""
    archives = [(f"{group_of(archive)}:{archive}", name) for archive, name in ARCHIVES.items()]
    return [*GROUPS.items(), *archives, *((set_of(category), name) for category, name in NAMES.items())]


def _name(part: str) -> str:
    archive, _, subject = part.partition(".")
    archive = archive.lower()
    if archive in WITHOUT_CLASSES and not subject:
        return archive
    classes = classes_of(archive)
    if not classes:
        raise BadSpec(f"Bad archive '{archive}'. Valid archives are: {', '.join(sorted(ARCHIVES))}.")
    if not subject:
        return archive
    known = {name.lower(): name for name in classes}
    if subject.lower() not in known:
        valid = ", ".join(f"{archive}.{name}" for name in classes)
        raise BadSpec(f"Bad subject class '{subject}'. Valid subject classes for the archive '{archive}' are: {valid}.")
    return f"{archive}.{known[subject.lower()]}"
