"""The one HTTP client: asks politely, tries again what may pass, and lets no error of its library out. Parses nothing.

A request passes the gate once per try and once per hop of a redirect. An answer is refused while it streams in, as
soon as it is larger or slower than allowed, so that nobody's server can fill memory or hold the daily run.

With a cache the client asks whether a document has changed, by its ETag, and by nothing else: arXiv's listings take
`If-Modified-Since` the wrong way round and answer 304 for what has changed.
"""

from zhaiyao.http.answers import Response, one_line_of, refusal, refuse_downgrade, retry_after, shown
from zhaiyao.http.cache import Kept, ResponseCache
from zhaiyao.http.client import MAX_HOPS, MEGABYTE, Fetcher, HttpClient, Patience, user_agent

__all__ = [
    "MAX_HOPS",
    "MEGABYTE",
    "Fetcher",
    "HttpClient",
    "Kept",
    "Patience",
    "Response",
    "ResponseCache",
    "one_line_of",
    "refusal",
    "refuse_downgrade",
    "retry_after",
    "shown",
    "user_agent",
]
