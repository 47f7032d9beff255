"""Random attribute values, from pools small enough that conditions often hold and keys often meet again."""

import base64

ATTRIBUTES = ("a", "b", "c", "d", "m", "l", "ss", "ns", "bs", "long_name", "x.y", "name", "size")
NESTED_NAMES = ("p", "q", "deep")

STRINGS = ("a", "ab", "abc", "b", "B", "zebra", "ü", "漢字", "😀", "ｚ", "with \"quotes\"\n", "10", "x" * 300)
NUMBERS = ("0", "1", "2", "3", "-1", "10", "1.5", "100", "0.001", "-0.0025", "99999999999999999999999999999999999999",
           "1.0000000000000000000000000000000000001", "12345678901234567890.123")
# The same and others as people may write them.
ODD_NUMBERS = ("-0", "1.50", "01", "1e2", "-2.5e-3", "1E+3", "+4", ".5", "7.", "1e125", "-1e-130", "9.99e-5", "00.10e1")
BINARIES = (b"\x00", b"a", b"ab", b"\xff", b"\xff\x00", b"binary value")
SET_NUMBERS = ("1", "2", "3", "4.5", "-6", "1000", "0")
ODD_SET_NUMBERS = ("1e3", "-0", "2.50", "07")
SET_STRINGS = ("a", "b", "c", "ab", "ü")
SET_BINARIES = (b"a", b"b", b"\x00", b"\xff")
KEY_STRINGS = ("a", "ab", "b", "c", "ü", "😀", "ｚ", "k1")
KEY_NUMBERS = ("0", "1", "2", "-1", "10", "1.5", "-0.007", "100000000000000000001")
ODD_KEY_NUMBERS = ("1e1", "-7e-3", "+2", "1.50")
KEY_BINARIES = (b"a", b"ab", b"\x00", b"\xff", b"\xff\xff", b"k")

SCALARS = ("S", "N", "B")
SETS = ("SS", "NS", "BS")
TYPES = SCALARS + SETS + ("BOOL", "NULL", "M", "L")

# Each is wrong in one way.
WRONG_VALUES = (
    {}, {"N": ""}, {"N": "abc"}, {"N": "1e126"}, {"N": "1e-131"}, {"N": "123456789012345678901234567890123456789"},
    {"N": " 1"}, {"N": "1 "}, {"N": "0x10"}, {"N": "NaN"}, {"N": "--1"}, {"N": "1e"}, {"N": "Infinity"},
    {"SS": []}, {"NS": []}, {"BS": []}, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]}, {"NS": ["1", "x"]},
    {"BS": ["YQ==", "YQ=="]}, {"S": "a", "N": "1"}, {"M": {"p": {}}}, {"L": [{"N": "1"}, {}]}, {"NULL": False},
    {"L": [{"SS": []}]}, {"M": {"p": {"N": "one"}}}, {"NS": ["1", "1e200"]}, {"SS": ["a"], "L": []},
)


def encoded(binary):
    return base64.b64encode(binary).decode()


class Deck:
    """Options that are drawn in random order, each once before any again: so that a short run has all of them."""

    def __init__(self, options):
        self.options = list(options)
        self.left = []

    def draw(self, rng):
        if not self.left:
            self.left = rng.sample(self.options, len(self.options))
        return self.left.pop()


class Values:
    """Draws values with `rng`, a random.Random."""

    def __init__(self, rng):
        self.rng = rng
        self.odd_numbers = True

    def number(self, usual, odd):
        return self.one_of(odd if self.odd_numbers and self.chance(0.2) else usual)

    def chance(self, probability):
        return self.rng.random() < probability

    def one_of(self, options):
        return self.rng.choice(options)

    def some_of(self, options, least=1, most=3):
        count = min(len(options), self.rng.randint(least, most))
        return self.rng.sample(list(options), count)

    def scalar(self, kind):
        if kind != "N" and self.chance(0.002):
            return {kind: ""}
        if kind == "S":
            return {"S": self.one_of(STRINGS)}
        if kind == "N":
            return {"N": self.number(NUMBERS, ODD_NUMBERS)}
        return {"B": encoded(self.one_of(BINARIES))}

    def key_value(self, kind):
        if kind == "S":
            return {"S": self.one_of(KEY_STRINGS)}
        if kind == "N":
            return {"N": self.number(KEY_NUMBERS, ODD_KEY_NUMBERS)}
        return {"B": encoded(self.one_of(KEY_BINARIES))}

    def of_type(self, kind, depth=0):
        if kind in SCALARS:
            return self.scalar(kind)
        if kind == "SS":
            return {"SS": self.some_of(SET_STRINGS)}
        if kind == "NS":
            usual = self.some_of(SET_NUMBERS)
            return {"NS": [self.one_of(ODD_SET_NUMBERS)] if self.odd_numbers and self.chance(0.1) else usual}
        if kind == "BS":
            return {"BS": [encoded(element) for element in self.some_of(SET_BINARIES)]}
        if kind == "BOOL":
            return {"BOOL": self.chance(0.5)}
        if kind == "NULL":
            return {"NULL": True}
        if kind == "M":
            names = self.some_of(NESTED_NAMES, least=0)
            return {"M": {name: self.value(depth + 1) for name in names}}
        return {"L": [self.value(depth + 1) for _ in range(self.rng.randint(0, 3))]}

    def value(self, depth=0):
        """Any valid value."""
        kinds = TYPES if depth < 3 else SCALARS
        return self.of_type(self.one_of(kinds), depth)

    def wrong_value(self):
        return self.one_of(WRONG_VALUES)

    def attribute(self, name):
        """A value as the attribute usually has: names suggest types, so that expressions often fit."""
        usual = {"a": "N", "b": "S", "c": "N", "m": "M", "l": "L", "ss": "SS", "ns": "NS", "bs": "BS"}
        if name in usual and self.chance(0.85):
            return self.of_type(usual[name])
        return self.value()
