"""Identity of content as versioned hashes. Answers "did it change?" and "is it already paid for?"; stores nothing."""

from hashlib import blake2b


def content_key(*parts: str) -> str:
    """The content address of a sequence of texts: 32 hexadecimal digits (BLAKE2b, RFC 7693, 128 bits).

    Parts are length-prefixed, so that no two different sequences run together.
    """
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()
