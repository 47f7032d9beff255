"""Random expressions with their placeholders, and ways to spoil them."""

from values import ATTRIBUTES, NESTED_NAMES, SCALARS

RESERVED = ("name", "size", "x.y")
WRONG_TOKENS = ("", "=", "AND", "(", ")", ",", "#undefined", ":undefined", "foo(", "[1", "a..b", "SET", "0", "!", "NOT", "a b")


class Expressions:
    """The expressions of one request: `names` and `values` are its ExpressionAttributeNames and -Values."""

    def __init__(self, values, table):
        self.random = values
        self.table = table
        self.names = {}
        self.placeholder_values = {}

    # --- Parts -----------------------------------------------------------------------------------------------------

    def name(self, attribute):
        """The attribute as an expression names it: by itself, or by a placeholder."""
        if attribute not in RESERVED and self.random.chance(0.6):
            return attribute
        for placeholder, known in self.names.items():
            if known == attribute:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = attribute
        return placeholder

    def value(self, value):
        placeholder = f":v{len(self.placeholder_values)}"
        self.placeholder_values[placeholder] = value
        return placeholder

    def attribute(self):
        candidates = list(ATTRIBUTES) + list(self.table.index_keys())
        return self.random.one_of(candidates)

    def condition_attribute(self):
        return self.random.one_of(self.table.key_names()) if self.random.chance(0.15) else self.attribute()

    def path(self, attribute=None):
        attribute = attribute or self.attribute()
        text = self.name(attribute)
        if attribute in ("m", "l") or self.random.chance(0.1):
            for _ in range(self.random.rng.randint(0, 2)):
                if attribute == "l" or self.random.chance(0.3):
                    text += f"[{self.random.rng.randint(0, 3)}]"
                    attribute = "m"
                else:
                    text += "." + self.random.one_of(NESTED_NAMES)
        return text

    def operand(self, attribute):
        """A value to compare the attribute with, or now and then another attribute or a size."""
        draw = self.random.rng.random()
        if draw < 0.1:
            return self.path()
        if draw < 0.15:
            return f"size({self.path()})"
        return self.value(self.random.attribute(attribute))

    # --- Conditions and filters -----------------------------------------------------------------------------------

    def condition(self, depth=0, attributes=None):
        draw = self.random.rng.random()
        if depth < 3 and draw < 0.15:
            left, right = self.condition(depth + 1, attributes), self.condition(depth + 1, attributes)
            return f"{left} {self.random.one_of(('AND', 'OR', 'and'))} {right}"
        if depth < 3 and draw < 0.22:
            return f"NOT {self.condition(depth + 1, attributes)}"
        if depth < 3 and draw < 0.3:
            inner = self.condition(depth + 1, attributes)
            return inner if inner.startswith("(") else f"({inner})"
        return self.test(self.random.one_of(attributes) if attributes else self.condition_attribute())

    def test(self, attribute):
        path = self.path(attribute)
        kind = self.random.rng.randrange(10)
        if kind == 0:
            return f"attribute_exists({path})"
        if kind == 1:
            return f"attribute_not_exists({path})"
        if kind == 2:
            return f"attribute_type({path}, {self.value({'S': self.random.one_of(('S', 'N', 'M', 'L', 'SS', 'NULL'))})})"
        if kind == 3:
            prefix = self.random.scalar(self.random.one_of(("S", "S", "B")))
            return f"begins_with({path}, {self.value(prefix)})"
        if kind == 4:
            return f"contains({path}, {self.value(self.random.value())})"
        if kind == 5:
            return f"size({path}) {self.comparator()} {self.value(self.random.scalar('N'))}"
        if kind == 6:
            low, high = self.bounds()
            return f"{path} BETWEEN {self.value(low)} AND {self.value(high)}"
        if kind == 7:
            candidates = ", ".join(self.operand(attribute) for _ in range(self.random.rng.randint(1, 4)))
            return f"{path} IN ({candidates})"
        if kind == 8 and self.random.chance(0.5):
            return f"{self.operand(attribute)} {self.comparator()} {path}"
        return f"{path} {self.comparator()} {self.operand(attribute)}"

    def comparator(self):
        return self.random.one_of(("=", "<>", "<", "<=", ">", ">="))

    def bounds(self):
        kind = self.random.one_of(SCALARS)
        pair = [self.random.scalar(kind), self.random.scalar(kind)]
        if kind == "N":
            pair.sort(key=lambda value: float(value["N"]))
        elif kind == "S":
            pair.sort(key=lambda value: value["S"].encode())
        else:
            pair[1] = pair[0]
        if "" in (value.get(kind) for value in pair):
            return self.bounds()
        return pair if self.random.chance(0.95) else pair[::-1]

    # --- Key conditions -------------------------------------------------------------------------------------------

    def key_condition(self, keys):
        (hash_name, hash_type), *rest = keys
        parts = [f"{self.name(hash_name)} = {self.value(self.random.key_value(hash_type))}"]
        if rest and self.random.chance(0.6):
            parts.append(self.sort_condition(*rest[0]))
        if self.random.chance(0.1):
            parts.reverse()
        if self.random.chance(0.05):
            parts = [f"({part})" for part in parts]
        return " AND ".join(parts)

    def sort_condition(self, name, kind):
        path = self.name(name)
        draw = self.random.rng.randrange(8)
        if draw == 0:
            low, high = self.random.key_value(kind), self.random.key_value(kind)
            if kind == "N" and float(low["N"]) > float(high["N"]) and self.random.chance(0.9):
                low, high = high, low
            return f"{path} BETWEEN {self.value(low)} AND {self.value(high)}"
        if draw == 1 and (kind != "N" or self.random.chance(0.1)):
            return f"begins_with({path}, {self.value(self.random.key_value(kind))})"
        operator = self.random.one_of(("=", "<", "<=", ">", ">="))
        if self.random.chance(0.05):
            return f"{self.value(self.random.key_value(kind))} {operator} {path}"
        return f"{path} {operator} {self.value(self.random.key_value(kind))}"

    # --- Projections ----------------------------------------------------------------------------------------------

    def projection(self, attributes=None):
        wanted = self.random.some_of(attributes or list(ATTRIBUTES) + self.table.key_names(), most=4)
        return ", ".join(self.path(attribute) for attribute in wanted)

    # --- Updates --------------------------------------------------------------------------------------------------

    def update(self):
        keys = list(self.table.index_keys()) if self.random.chance(0.3) else []
        targets = self.random.some_of(list(ATTRIBUTES) + keys, most=4)
        if self.random.chance(0.02):
            targets.append(self.random.one_of(self.table.key_names()))
        clauses = {}
        for target in targets:
            clause, action = self.action(target)
            clauses.setdefault(clause, []).append(action)
        return " ".join(f"{clause} {', '.join(actions)}" for clause, actions in clauses.items())

    def action(self, target):
        index_type = self.table.index_keys().get(target)
        if index_type and self.random.chance(0.9):
            return "SET", f"{self.name(target)} = {self.value(self.random.key_value(index_type))}"
        draw = self.random.rng.random()
        if draw < 0.15:
            return "REMOVE", self.path(target)
        if target in ("ss", "ns", "bs") and draw < 0.7:
            clause = self.random.one_of(("ADD", "DELETE"))
            return clause, f"{self.name(target)} {self.value(self.random.of_type(target.upper()))}"
        if target in ("a", "c") and draw < 0.35:
            return "ADD", f"{self.name(target)} {self.value(self.random.scalar('N'))}"
        if draw < 0.16:
            return self.random.one_of(("ADD", "DELETE")), f"{self.path(target)} {self.value(self.random.value())}"
        return "SET", f"{self.path(target)} = {self.right_side(target)}"

    def right_side(self, target):
        draw = self.random.rng.random()
        if target in ("a", "c") and draw < 0.4:
            left = self.name(target) if draw < 0.1 else f"if_not_exists({self.name(target)}, {self.value({'N': '0'})})"
            return f"{left} {self.random.one_of('+-')} {self.value(self.random.scalar('N'))}"
        if target == "l" and draw < 0.5:
            empty = self.value({"L": []})
            old = f"if_not_exists({self.name('l')}, {empty})"
            new = self.value(self.random.of_type("L"))
            return f"list_append({old}, {new})" if draw < 0.3 else f"list_append({new}, {old})"
        if draw < 0.6:
            return f"if_not_exists({self.path()}, {self.value(self.random.attribute(target))})"
        if draw < 0.65:
            return self.path()
        return self.value(self.random.attribute(target))

    # --- Errors ---------------------------------------------------------------------------------------------------

    def spoil(self, text):
        """The expression with something wrong, or placeholders that do not fit it."""
        way = self.random.rng.randrange(9)
        tokens = text.split(" ")
        at = self.random.rng.randrange(len(tokens))
        if way == 0:
            del tokens[at]
        elif way == 1:
            tokens.insert(at, self.random.one_of(WRONG_TOKENS))
        elif way == 2:
            tokens[at] = self.random.one_of(WRONG_TOKENS)
        elif way == 3:
            self.names["#unused"] = "a"
        elif way == 4:
            self.placeholder_values[":unused"] = {"S": "x"}
        elif way == 5 and self.placeholder_values:
            del self.placeholder_values[self.random.one_of(list(self.placeholder_values))]
        elif way == 6 and self.names:
            del self.names[self.random.one_of(list(self.names))]
        elif way == 7 and self.placeholder_values:
            self.placeholder_values[self.random.one_of(list(self.placeholder_values))] = self.random.value()
        elif way == 8 and self.placeholder_values:
            self.placeholder_values[self.random.one_of(list(self.placeholder_values))] = self.random.wrong_value()
        else:
            self.names[self.random.one_of(("bad", "#", "#a-b", "#a b", ""))] = "a"
        return " ".join(tokens)

    def placeholders(self):
        """The members of a request that go with its expressions."""
        members = {}
        if self.names:
            members["ExpressionAttributeNames"] = self.names
        if self.placeholder_values:
            members["ExpressionAttributeValues"] = self.placeholder_values
        return members
