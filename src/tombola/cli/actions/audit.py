"""`tombola audit`, done and shown."""

from pathlib import Path

from rich.text import Text

from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.audit import Audit
from tombola.printable import printable
from tombola.verification import audit, passed

WORDS = {True: "ok", False: "FAILED", None: "–"}


def run(options: Audit) -> bool:
    """Audit, print the findings, and say whether all is well."""
    findings = audit(Path(options.ticket))
    has_passed = passed(findings)
    if options.json:
        rows = [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in findings]
        print_json({"passed": has_passed, "findings": rows})
    else:
        table = plain_table(("finding", False), ("", False), ("detail", False))
        for one in findings:
            table.add_row(one.name, WORDS[one.ok], Text(printable(one.detail)))
        print_table(table)
        print_line("passed" if has_passed else "FAILED: the ticket is not what it claims to be")
    return has_passed
