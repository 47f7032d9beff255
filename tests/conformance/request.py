"""One request of a run."""

from dataclasses import dataclass, field


@dataclass
class Request:
    operation: str
    body: dict
    tables: list = field(default_factory=list)  # names of the tables that it is about
    walk: bool = False  # whether all pages are read: which item is on which page is no promise
    sort_keys: list | None = None  # of an index query: the attributes that order the items
