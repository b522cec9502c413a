"""Reads citations with programs that others wrote, and prints what they read, one JSON object a citation.

usage: read_citations.py csl|biblatex|ris FILE

  csl        the schema of the Citation Style Language (version 1.0), as commonmeta-py carries it, and jsonschema
  biblatex   bibtexparser, with the TeX commands turned into letters, and pybtex, which must read the same entries
  ris        rispy

Ends with 1 where a program refuses what it reads.
"""
import json
import sys
from importlib.metadata import distribution
from pathlib import Path


def read_csl(text):
    from jsonschema import Draft7Validator

    schema = distribution("commonmeta-py").locate_file("commonmeta/resources/csl-data.json")
    items = json.loads(text)
    Draft7Validator(json.loads(Path(schema).read_text(encoding="utf8"))).validate(items)
    for item in items:
        authors = [author["literal"] for author in item.get("author", [])]
        yield {"id": item["id"], "title": item["title"], "authors": authors, "site": item.get("container-title"),
               "url": item["URL"], "published": day(item.get("issued")), "accessed": day(item["accessed"]),
               "archive_url": item.get("archive_location"), "note": item["note"]}


def day(date):
    return "-".join(f"{part:02}" for part in date["date-parts"][0]) if date else None


def read_biblatex(text):
    import bibtexparser
    from bibtexparser.middlewares import LatexDecodingMiddleware
    from pybtex.database import parse_string

    # The default of bibtexparser leaves names as they are.
    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    refused = library.failed_blocks
    if refused:
        raise ValueError(f"bibtexparser refuses {refused}")
    others = parse_string(text, "bibtex").entries
    if [entry.key for entry in library.entries] != list(others):
        raise ValueError("bibtexparser and pybtex read different entries")
    raw = bibtexparser.parse_string(text).entries
    for entry, undecoded in zip(library.entries, raw):
        fields = {name: field.value for name, field in entry.fields_dict.items()}
        if entry.entry_type != "online" or others[entry.key].type != "online":
            raise ValueError(f"{entry.key} is not of the type @online")
        yield {"id": entry.key, "title": fields["title"],
               "authors": len(others[entry.key].persons.get("author", [])), "site": fields.get("organization"),
               # An address is a verbatim field, where TeX has no commands.
               "url": undecoded["url"], "published": fields.get("date"), "accessed": fields["urldate"],
               "archive_url": fields.get("note"), "note": fields["addendum"]}


def read_ris(text):
    import rispy

    for entry in rispy.loads(text):
        if entry["type_of_reference"] != "ELEC":
            raise ValueError(f"{entry} is no page of the web")
        published = entry.get("date", "").replace("/", "-") or None
        yield {"id": entry["id"], "title": entry["title"], "authors": entry.get("authors", []),
               "site": entry.get("secondary_title"), "url": " ".join(entry["urls"]), "published": published,
               "accessed": entry["access_date"].replace("/", "-"), "archive_url": entry.get("file_attachments2"),
               "note": " ".join(entry["notes"])}


def main():
    read = {"csl": read_csl, "biblatex": read_biblatex, "ris": read_ris}[sys.argv[1]]
    # A line end is part of RIS: it must not be changed on the way.
    text = Path(sys.argv[2]).read_bytes().decode("utf8")
    for found in read(text):
        print(json.dumps(found, ensure_ascii=False))


main()
