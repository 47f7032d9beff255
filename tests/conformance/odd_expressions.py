"""Whole expressions that are each wrong in one way, or at the border of what is allowed. They use the placeholders that
stand in their braces; `{pk}` and `{sk}` are the table's keys."""

from values import Deck

LONG_TEXT = {"S": "x" * 2049}
TEXT, OTHER_TEXT = {"S": "x"}, {"S": "b"}
NUMBER = {"N": "1"}
DEEP = {"S": "x"}
for _ in range(33):
    DEEP = {"L": [DEEP]}

# Pairs of an expression and the values that it needs, as :v and :w.
CONDITIONS = (
    ("status = :v", (TEXT,)), ("a = :v AND Region = :v", (TEXT,)), ("foo(a)", ()), ("attribute_exists(a, b)", ()),
    ("attribute_exists(:v)", (TEXT,)), ("attribute_exists(size(a))", ()), ("((a = :v))", (TEXT,)), ("size(a)", ()),
    ("list_append(a, :v)", ({"L": []},)), ("if_not_exists(a, :v) = :v", (TEXT,)), ("attribute_exists(a) = :v", (TEXT,)),
    ("a IN (" + ", ".join([":v"] * 101) + ")", (NUMBER,)), ("a IN (" + ", ".join([":v"] * 99) + ")", (NUMBER,)),
    (" AND ".join(["a = :v"] * 302), (TEXT,)), ("NOT " * 301 + "a = :v", (TEXT,)),
    ("a = :v" + " OR a = :v" * 150, (NUMBER,)), ("a" + ".p" * 32 + " = :v", (TEXT,)), ("a" + "[0]" * 31 + " = :v", (TEXT,)),
    ("a[99999999999] = :v", (TEXT,)), ("a = :v" + " " * 4096, (TEXT,)), ("a BETWEEN :v AND :w", (TEXT, OTHER_TEXT)),
    ("a BETWEEN :v AND :w", (TEXT, NUMBER)), ("begins_with(a, :v)", (NUMBER,)), ("contains(a, a)", ()), ("a = a", ()),
    ("a < :v", ({"BOOL": True},)), ("a IN (a, :v)", (TEXT,)), ("attribute_type(a, :v)", ({"S": "FOO"},)),
    ("attribute_type(a, :v)", (NUMBER,)), ("attribute_type(a, b)", ()), ("size(size(a)) = :v", (NUMBER,)),
    ("size(:v) = :v", (TEXT,)), (":v = :w", (TEXT, TEXT)), ("contains(:v, a)", (TEXT,)), ("NOT NOT a = :v", (TEXT,)),
    ("(a = :v AND (b = :v))", (TEXT,)), ("a = :v AND", (TEXT,)), ("a == :v", (TEXT,)), ("begins_with(a)", ()),
    ("contains(a, b, c)", ()), ("Attribute_Exists(a)", ()), ("a between :v and :v", (TEXT,)), ("a[-1] = :v", (TEXT,)),
    ("a = :v", (DEEP,)), ("(" * 200 + "a = :v" + ")" * 200, (TEXT,)), (" ", ()),
    ("a IN (" + ", ".join(f"size(m.p{at})" for at in range(5)) + ")", ()),
)

UPDATES = (
    ("SET status = :v", (TEXT,)), ("SET a = :v SET b = :v", (TEXT,)), ("SET a = size(b)", ()), ("SET a = foo(b)", ()),
    ("SET a = attribute_exists(b)", ()), ("SET a = if_not_exists(b)", ()), ("SET l = list_append(l)", ()),
    ("SET l = list_append(:v, l)", (TEXT,)), ("SET a = b + :v", (TEXT,)), ("SET a = if_not_exists(:v, :v)", (TEXT,)),
    ("SET a" + ".p" * 32 + " = :v", (TEXT,)), ("SET l[99999999999] = :v", (TEXT,)), ("SET a = :v" + " " * 4096, (TEXT,)),
    ("SET a = :v + :v + :v", (NUMBER,)), ("SET a = ((:v))", (TEXT,)), ("SET a = :v", (DEEP,)), ("SET a = :v, a = :v", (TEXT,)),
    ("SET m = :v, m.p = :v", (TEXT,)), ("SET m.p = :v, m[0] = :v", (TEXT,)), ("REMOVE a REMOVE b", ()), ("ADD a :v", (TEXT,)),
    ("DELETE a :v", (NUMBER,)), ("ADD a b", ()), ("DELETE ss :v, ss :v", ({"SS": ["a"]},)), ("REMOVE a,", ()), ("SET", ()),
    ("UPSERT a = :v", (TEXT,)), ("SET a = :v - :w", (NUMBER, TEXT)), ("SET a = if_not_exists(a, :v) + :w", (TEXT, NUMBER)),
    ("SET l = list_append(if_not_exists(l, :v), l)", (NUMBER,)), ("SET :v = a", (TEXT,)), ("SET a = (:v)", (TEXT,)),
    ("REMOVE l[0], l[1], l[2]", ()), ("SET a = :v + b", (NUMBER,)), ("ADD m.p :v", (NUMBER,)), ("SET a = (b + :v)", (NUMBER,)),
    ("SET a = :v", ({"S": "x" * 410000},)), ("SET a = b", ()), ("SET m.p.q = :v", (TEXT,)), ("ADD a :v", ({"N": "9.9e125"},)),
    ("SET a = a - :v, c = c + :v", ({"N": "9.9e125"},)), (" ", ()), ("remove a add c :v", (NUMBER,)),
    ("SET l[5] = :v, l[7] = :v", (NUMBER,)), ("SET a = contains(a, :v)", (TEXT,)), ("DELETE ss :v", ({"NS": ["1"]},)),
)

KEY_CONDITIONS = (
    ("{pk} = :v AND {sk} = :v AND {sk} = :v", 1), ("{pk} = :v OR {sk} = :v", 1), ("NOT {pk} = :v", 1),
    ("{pk} = :v AND {sk} <> :v", 1), ("{pk} = :v AND begins_with(:v, {sk})", 1), ("{pk} = {sk}", 0), (":v = :v", 1),
    ("{pk} = :v AND a = :v", 1), ("{pk} < :v", 1), ("{pk} = :v AND contains({sk}, :v)", 1), ("{sk} = :v", 1),
    ("{pk} = :v AND attribute_exists({sk})", 1), ("{pk} = :v AND {sk} IN (:v)", 1), ("{pk}.a = :v", 1), ("{pk} = {pk}", 0),
    ("{pk} = :v AND {sk} BETWEEN {pk} AND :v", 1), ("{pk} = :v AND size({sk}) = :v", 1), ("size({pk}) = :v", 1),
    ("{pk} = :v AND :v BETWEEN {sk} AND {sk}", 1), ("{pk} = :v AND :v BETWEEN {sk} AND {pk}", 1),
    ("({pk} = :v) AND (({sk} = :v))", 1), ("{pk} = :v AND {sk} = {sk}", 1), ("{pk} = :v AND :v BETWEEN {sk} AND :v", 1),
    ("begins_with({pk}, :v)", 1), ("{pk} BETWEEN :v AND :v", 1), ("{pk} = :v AND begins_with({sk}, {sk})", 1),
    ("{pk} = :v AND ({sk} = :v AND {sk} = :v)", 1), ("attribute_type({pk}, :v)", 1), ("{pk} = :v AND {sk}[0] = :v", 1),
    ("{pk} = :v AND {sk} = size(:v)", 1), ("{pk} = :v AND {sk} BETWEEN :v AND size(:v)", 1), (" ", 0), ("{pk} = :v AND", 1),
    ("{pk} = :v AND {pk} = :v", 1), ("{pk} = :v AND {sk} BETWEEN :v AND {sk}", 1), ("{pk} = :v" + " " * 4096, 1),
)

PROJECTIONS = ("status", "a, a", "m, m.p", "m.p, m[0]", "a[99999999999]", "a" + ".p" * 32, "a" + " " * 4096, ":v", "a,", "(a)",
               "size(a)", "l[0], l[0]", " ", "a b", "l[0][1], l[0]", "m.p, m.p.q")

# ExpressionAttributeNames.
NAMES = ({"#a": "x" * 65536}, {"#" + "a" * 300: "b"}, {"#a": ""}, {"#a b": "a"}, {"a": "a"}, {"#": "a"}, {"": "a"})


class OddExpressions:
    """Draws from the expressions above."""

    def __init__(self, rng):
        self.rng = rng
        self.decks = {"condition": Deck(CONDITIONS), "update": Deck(UPDATES), "key condition": Deck(KEY_CONDITIONS),
                      "projection": Deck(PROJECTIONS), "names": Deck(NAMES)}

    def draw(self, role, expressions):
        """One for that role; adds the placeholders that it needs to `expressions`."""
        drawn = self.decks[role].draw(self.rng)
        if role == "projection":
            return drawn
        text, values = drawn
        if role == "key condition":
            names = expressions.table.key_names()
            text = text.replace("{pk}", names[0]).replace("{sk}", names[-1])
            values = (expressions.random.one_of((TEXT, NUMBER)),) if values else ()
        for sign, value in zip((":v", ":w"), values):
            placeholder = expressions.value(value)
            text = text.replace(sign, placeholder)
        return text

    def spoil_names(self, expressions):
        """Adds a wrong name to the request's."""
        expressions.names.update(self.decks["names"].draw(self.rng))
