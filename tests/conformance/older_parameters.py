"""Random older parameters: what requests said before there were expressions."""

from values import ATTRIBUTES, SCALARS, SETS

COMPARISONS = ("EQ", "NE", "LE", "LT", "GE", "GT", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH", "NULL", "NOT_NULL", "IN", "BETWEEN")
KEY_COMPARISONS = ("EQ", "LE", "LT", "GE", "GT", "BETWEEN", "BEGINS_WITH")


class OlderParameters:
    def __init__(self, values, table):
        self.random = values
        self.table = table

    def operands(self, comparison, attribute):
        if comparison in ("NULL", "NOT_NULL"):
            return []
        if comparison == "BEGINS_WITH":
            return [self.random.scalar(self.random.one_of(("S", "B")))]
        if comparison in ("EQ", "NE"):
            return [self.random.attribute(attribute)]
        kind = self.random.one_of(SCALARS)
        if comparison == "IN":
            return [self.random.scalar(kind) for _ in range(self.random.rng.randint(1, 3))]
        if comparison == "BETWEEN":
            value = self.random.scalar(kind)
            return [value, value]
        return [self.random.scalar(kind)]

    def condition(self, attribute):
        comparison = self.random.one_of(COMPARISONS)
        condition = {"ComparisonOperator": comparison}
        operands = self.operands(comparison, attribute)
        if operands or self.random.chance(0.2):
            condition["AttributeValueList"] = operands
        return self.spoil(condition) if self.random.chance(0.06) else condition

    def spoil(self, condition):
        way = self.random.rng.randrange(4)
        if way == 0:
            condition.pop("AttributeValueList", None)
        elif way == 1:
            condition.setdefault("AttributeValueList", []).append(self.random.value())
        elif way == 2:
            condition["AttributeValueList"] = [self.random.wrong_value()]
        else:
            condition["AttributeValueList"] = [self.random.of_type(self.random.one_of(("BOOL", "NULL", "M", "L", "SS")))]
        return condition

    def with_operator(self, member, conditions):
        request = {member: conditions}
        if len(conditions) > 1 and self.random.chance(0.5) or self.random.chance(0.03):
            request["ConditionalOperator"] = self.random.one_of(("AND", "OR"))
        return request

    def filter(self, member, exclude=()):
        """QueryFilter or ScanFilter."""
        candidates = [name for name in list(ATTRIBUTES) + self.table.key_names() if name not in exclude]
        names = self.random.some_of(candidates)
        return self.with_operator(member, {name: self.condition(name) for name in names})

    def expected(self):
        conditions = {}
        for name in self.random.some_of(ATTRIBUTES, most=2):
            draw = self.random.rng.random()
            if draw < 0.25:
                conditions[name] = {"Exists": False}
            elif draw < 0.4:
                conditions[name] = {"Value": self.random.attribute(name)}
            elif draw < 0.5:
                conditions[name] = {"Exists": True, "Value": self.random.attribute(name)}
            elif draw < 0.55:
                conditions[name] = self.random.one_of((
                    {"Exists": True}, {"Exists": False, "Value": {"S": "x"}}, {},
                    {"AttributeValueList": [{"S": "x"}]}, {"ComparisonOperator": "EQ"},
                    {"ComparisonOperator": "EQ", "Exists": True, "Value": {"S": "x"}},
                    {"ComparisonOperator": "EQ", "Value": {"S": "x"}, "AttributeValueList": [{"S": "x"}]},
                    {"ComparisonOperator": "NULL", "Value": {"S": "x"}}))
            else:
                conditions[name] = self.condition(name)
        return self.with_operator("Expected", conditions)

    def key_conditions(self, keys):
        (hash_name, hash_type), *rest = keys
        conditions = {hash_name: {"ComparisonOperator": "EQ",
                                  "AttributeValueList": [self.random.key_value(hash_type)]}}
        if rest and self.random.chance(0.6):
            name, kind = rest[0]
            comparison = self.random.one_of(KEY_COMPARISONS)
            if comparison == "BEGINS_WITH" and kind == "N":
                comparison = "EQ"
            value = self.random.key_value(kind)
            operands = [value, value] if comparison == "BETWEEN" else [value]
            conditions[name] = {"ComparisonOperator": comparison, "AttributeValueList": operands}
        if self.random.chance(0.08):
            way = self.random.rng.randrange(4)
            if way == 0:
                conditions[hash_name]["ComparisonOperator"] = self.random.one_of(COMPARISONS)
            elif way == 1:
                conditions[self.random.one_of(ATTRIBUTES)] = self.condition("b")
            elif way == 2:
                conditions[hash_name]["AttributeValueList"] = [self.random.value()]
            else:
                del conditions[hash_name]
        return {"KeyConditions": conditions}

    def updates(self):
        updates = {}
        keys = list(self.table.index_keys()) if self.random.chance(0.2) else []
        for name in self.random.some_of(list(ATTRIBUTES) + keys):
            draw = self.random.rng.random()
            if draw < 0.2:
                updates[name] = {"Action": "DELETE"}
            elif name in ("ss", "ns", "bs") and draw < 0.7:
                updates[name] = {"Action": self.random.one_of(("ADD", "DELETE")),
                                 "Value": self.random.of_type(name.upper())}
            elif name in ("a", "c") and draw < 0.6:
                updates[name] = {"Action": "ADD", "Value": self.random.scalar("N")}
            elif name == "l" and draw < 0.5:
                updates[name] = {"Action": "ADD", "Value": self.random.of_type("L")}
            elif draw < 0.23:
                updates[name] = self.random.one_of((
                    {"Action": "PUT"}, {"Action": "ADD", "Value": {"S": "x"}}, {}, {"Value": self.random.wrong_value()},
                    {"Action": "DELETE", "Value": {"S": "x"}}, {"Action": "ADD", "Value": {"M": {}}}))
            elif name in keys:
                updates[name] = {"Value": self.random.key_value(self.table.index_keys()[name])}
            else:
                updates[name] = {"Value": self.random.attribute(name)}
                if self.random.chance(0.5):
                    updates[name]["Action"] = "PUT"
        if self.random.chance(0.02):
            updates[self.random.one_of(self.table.key_names())] = {"Value": {"S": "x"}}
        return {"AttributeUpdates": updates}

    def attributes_to_get(self):
        names = self.random.some_of(list(ATTRIBUTES) + self.table.key_names(), most=4)
        if self.random.chance(0.04):
            names.append(names[0])
        return {"AttributesToGet": names}
