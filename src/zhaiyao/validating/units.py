"""Did every number keep its unit, and every percentage its sign? Repairs and asks nothing."""

import re

# A unit by its first name, with the other ways to write it; Chinese ones after them. `|` parts alternatives.
_UNITS = {
    "%": "percent|per cent|％|百分之|百分|个点|成",
    "percentage point": "percentage points|pp|pps|百分点|个点|%|％|点",
    "km": "kilometer|kilometre|kilometers|kilometres|千米|公里",
    "cm": "centimeter|centimetre|centimeters|centimetres|厘米|公分",
    "mm": "millimeter|millimetre|millimeters|millimetres|毫米",
    "µm": "μm|um|micron|microns|micrometer|micrometers|micrometre|micrometres|微米",
    "nm": "nanometer|nanometers|nanometre|nanometres|纳米",
    "meter": "meters|metre|metres|m|米",
    "kpc": "千秒差距", "Mpc": "兆秒差距|百万秒差距|百万个秒差距", "Gpc": "吉秒差距|千兆秒差距|十亿秒差距",
    "light-year": "light-years|light years|光年",
    "second": "seconds|sec|secs|s|秒",
    "ms": "millisecond|milliseconds|msec|毫秒",
    "µs": "μs|us|microsecond|microseconds|微秒",
    "ns": "nanosecond|nanoseconds|纳秒", "ps": "picosecond|picoseconds|皮秒", "fs": "femtosecond|femtoseconds|飞秒",
    "minute": "minutes|mins|min|分钟|分",
    "hour": "hours|hr|hrs|h|小时|钟头|时",
    "day": "days|天|日", "week": "weeks|周|星期|礼拜",
    "month": "months|月", "year": "years|yr|yrs|年|岁",
    "Myr": "百万年|兆年", "Gyr": "十亿年|亿年|吉年",
    "kHz": "千赫", "MHz": "兆赫|百万赫", "GHz": "吉赫|千兆赫|十亿赫", "THz": "太赫|万亿赫", "Hz": "hertz|赫",
    "meV": "毫电子伏", "keV": "kev|千电子伏", "MeV": "兆电子伏|百万电子伏", "GeV": "吉电子伏|千兆电子伏|十亿电子伏",
    "TeV": "太电子伏|万亿电子伏", "eV": "电子伏",
    "kWh": "千瓦时|度", "MWh": "兆瓦时", "kW": "千瓦", "mW": "毫瓦", "MW": "兆瓦", "GW": "吉瓦|百万千瓦",
    "mV": "毫伏", "kV": "千伏", "mA": "毫安",
    "kg": "kilogram|kilograms|千克|公斤", "mg": "milligram|milligrams|毫克", "gram": "grams|g|克",
    "°C": "℃|摄氏", "degree": "degrees|deg|°|度", "mK": "毫开", "dB": "decibel|decibels|分贝", "dBm": "毫瓦分贝",
    "KB": "kB|kilobytes|千字节", "MB": "megabytes|兆字节|兆", "GB": "gigabytes|GBs|吉字节|千兆字节|G",
    "TB": "terabytes|太字节|T", "Mbps": "兆比特|兆位|Mb/s", "Gbps": "吉比特|千兆比特|Gb/s",
    "fps": "FPS|frames per second|frames/s|帧", "GPa": "吉帕|千兆帕", "MPa": "兆帕", "kPa": "千帕",
    "arcsec": "arcseconds|arcsecond|角秒|弧秒", "arcmin": "arcminutes|arcminute|角分|弧分",
    "ppm": "百万分", "rpm": "转",
}  # fmt: skip

_KNOWN = {name: unit for unit, names in _UNITS.items() for name in names.split("|")} | {unit: unit for unit in _UNITS}
_SAID = {unit: re.compile("|".join(map(re.escape, (unit, *names.split("|")))), re.I) for unit, names in _UNITS.items()}
# Too short, or too often something else, to be taken for a unit in an English text.
_AMBIGUOUS = {"m", "s", "h", "g", "G", "T", "min", "pp", "us", "deg", "ps"}
_ENGLISH = sorted((n for n in _KNOWN if n not in _AMBIGUOUS and not re.search("[一-鿿]", n)), key=len, reverse=True)
_NUMBER = r"(?<![\w.])(\d+(?:[.,]\d+)*)"
_MEASURE = re.compile(rf"{_NUMBER}(?:\s|-|\\)?({'|'.join(map(re.escape, _ENGLISH))})(?![A-Za-z])")
# A number may share its unit with the next ones: 90、95和99%.
_LIST = r"(?:\s?(?:[、,，~～–—至到和与或及/-]|to|and)\s?\d+(?:[.,]\d+)*)*"
_VAGUELY = r"\s?-?[多余几来个]?(?:左右|以上|以下|的)?\s?\\?"
_FOLLOWING = re.compile(r"\s?-?\\?(µm|μm|um|[A-Za-z]{1,3}|%|％|°C|℃|[一-鿿]{1,3})")


def lost_units(source: str, target: str) -> tuple[str, ...]:
    """The numbers of the source, with their units, whose unit the target lost or changed. Neither text holds spans.

    A unit's Chinese name is as good as its symbol (`5 km`, `5千米`, `5公里`). A number that is not in the target, or
    stands there with its unit once, is none of ours.
    """
    found = _MEASURE.findall(source)
    return tuple(dict.fromkeys(f"{number} {unit}" for number, unit in found if _is_lost(number, _KNOWN[unit], target)))


def is_unit(word: str) -> bool:
    """Whether a word is a unit's symbol or name."""
    return word in _KNOWN


def _is_lost(number: str, unit: str, target: str) -> bool:
    said = _SAID[unit]
    if not said.search(target):
        return True
    if unit == "%":
        return _is_bare(number, target)
    places = re.findall(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d){_LIST}(.{{0,6}})", target)
    return bool(places) and all(_is_other(rest, unit) for rest in places)


def _is_bare(number: str, target: str) -> bool:
    """Whether a number of the target is nowhere a percentage, by itself or as one of a list."""
    said = rf"(?<![\d.]){re.escape(number)}(?!\d|\.\d)"
    percentage = rf"{said}{_LIST}{_VAGUELY}(?:{_SAID['%'].pattern})|百分之\s?{said}"
    return re.search(said, target) is not None and re.search(percentage, target, re.IGNORECASE) is None


def _is_other(rest: str, unit: str) -> bool:
    """Whether another unit than this one stands right behind a number."""
    match = _FOLLOWING.match(rest)
    if match is None:
        return False
    other = next((_KNOWN[match[1][:size]] for size in range(len(match[1]), 0, -1) if match[1][:size] in _KNOWN), unit)
    return other != unit and _SAID[unit].match(match[1]) is None
