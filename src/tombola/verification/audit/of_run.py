"""Checks of a run folder: do result, spec and ticket belong together?"""

import json
from pathlib import Path
from typing import Any

from tombola.errors import RunFolderError
from tombola.training.identity import SCHEMA, identity
from tombola.verification.audit.audited import ALONE, Audited
from tombola.verification.audit.finding import Answer


def result(audited: Audited) -> Answer:
    """`result.json` has the digest, the counts and the density of the ticket."""
    if audited.run is None:
        return None, ALONE
    told, ticket = read_object(audited.run.result), audited.ticket
    mask = ticket.mask
    facts = {"digest": ticket.digest, "kept": mask.kept(), "prunable": mask.numel(), "density": mask.density}
    if wrong := [key for key, value in facts.items() if told.get(key) != value]:
        key = wrong[0]
        return False, f"{key} is {told.get(key)!r:.80} in result.json, {facts[key]!r} in the ticket"
    return True, f"digest, counts and density in result.json are those of the ticket, {ticket.digest}"


def spec(audited: Audited) -> Answer:
    """The id of the run is that of its spec, of the ticket's spec, and the one in `result.json`."""
    if audited.run is None:
        return None, ALONE
    content = read_object(audited.run.spec)
    if content.get("schema") != SCHEMA:
        return False, f"spec.json is of schema {content.get('schema')!r:.20}: expected {SCHEMA}"
    ids = {
        "spec.json": content.get("id"),
        "the spec in spec.json": identity(content.get("spec", {})),
        "the spec in the ticket": identity(dict(audited.ticket.spec)),
        "result.json": read_object(audited.run.result).get("id"),
    }
    if len(set(map(str, ids.values()))) > 1:
        return False, "; ".join(f"the id of {where} is {value!r:.40}" for where, value in ids.items())
    return True, f"the spec's id is {ids['spec.json']}, here, in the ticket and in result.json"


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        RunFolderError: where there is none.
    """
    if not path.is_file():
        raise RunFolderError(f"{path}: there is no such file; the run is not finished, or this is no run folder")
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise RunFolderError(f"{path}: expected a JSON object, got a {type(content).__name__}")
    return content
