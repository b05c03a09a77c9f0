"""JSON by the half of Python's own module that is written in C: the other half imports re and enum, and with them takes
longer to start than all else that a stand-in needs."""
from _json import encode_basestring_ascii, make_encoder, make_scanner


class Settings:
    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float
    memo = {}


scan = make_scanner(Settings)
encode = make_encoder(None, None, encode_basestring_ascii, None, ": ", ", ", False, False, True)


def loads(text):
    """@raises ValueError"""
    try:
        return scan((text.decode() if isinstance(text, bytes) else text).strip(), 0)[0]
    except StopIteration:
        raise ValueError("this is no JSON: %s" % text) from None


def dumps(value):
    return "".join(encode(value, 0))
