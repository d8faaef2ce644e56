"""The limit: one plpgsql function per transition that writes exactly the rows the engine wrote.

A life is run through the engine and its rows are read after every act; what came or changed becomes the function's
INSERTs and UPDATEs. Dates, texts and ladders are constants in it; who may act, the state, the chained entry with its
salted commitments and its hash are worked out inside. `chain.verify_case()` holds for what it writes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

TABLES = {
    # table: how to find the rows of a case
    "workflow_case": "id = %s",
    "explanation_explanationrequest": "case_ptr_id = %s",
    "workflow_logentry": "case_id = %s",
    "workflow_outbox": "entry_id IN (SELECT id FROM workflow_logentry WHERE case_id = %s)",
    "workflow_disclosure": "entry_id IN (SELECT id FROM workflow_logentry WHERE case_id = %s)",
    "workflow_deadline": "case_id = %s",
}
_MOMENT = """to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
Rows = dict[str, dict[int, dict[str, Any]]]


@dataclass(frozen=True)
class Step:
    """One act as it was written: rows before and after."""

    act: str
    before: Rows
    after: Rows

    def come(self, table: str) -> list[dict[str, Any]]:
        """Return the rows that the act inserted."""
        return [row for pk, row in self.after[table].items() if pk not in self.before[table]]

    def changed(self, table: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the rows that the act updated, with what changed in each."""
        found = []
        for pk, row in self.after[table].items():
            old = self.before[table].get(pk)
            if old is not None and old != row:
                found.append((row, {name: value for name, value in row.items() if old[name] != value}))
        return found


def rows_of(case_id: int) -> Rows:
    """Return every row of a case, by table and key, as text where JSON has no other form."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, where in TABLES.items():
            key = "case_ptr_id" if table.startswith("explanation") else "id"
            cursor.execute(f"SELECT t.{key}, to_jsonb(t) FROM {table} t WHERE {where} ORDER BY 1", [case_id])
            found[table] = {pk: json.loads(row) if isinstance(row, str) else row for pk, row in cursor.fetchall()}
    return found


def nothing() -> Rows:
    """Return the rows of a case that is not there yet."""
    return {table: {} for table in TABLES}


def function(step: Step, papers: set[int]) -> str:
    """Return the plpgsql function that writes an act as the engine did.

    papers: ids of documents; the one the act cites becomes a parameter
    """
    new = step.act == "file"
    (entry,) = step.come("workflow_logentry")
    text = bytes.fromhex(entry["canonical"][2:])[1:].decode()
    form = json.loads(text)
    disclosures = step.come("workflow_disclosure")
    (case,) = step.after["workflow_case"].values()
    body, declared = [], ["moment timestamptz := clock_timestamp()", "form bytea", "digest text", "entry bigint"]

    tokens = {f'"chain":"{form["chain"]}"': """'"chain":"case:' || code || '"'""", form["prev"]: "head"}
    tokens |= {form["at"]: _MOMENT, form["recorded_at"]: _MOMENT}
    for n, one in enumerate(disclosures, 1):
        salt, value = f"salt{n}", f"p_values[{n}]"
        declared.append(f"{salt} text := replace(gen_random_uuid()::text, '-', '')")
        made = f"sha256('\\x01'::bytea || decode({salt}, 'hex') || convert_to({value}, 'UTF8'))"
        tokens[_commitment(one)] = f"encode({made}, 'hex')"
    for paper in papers:
        tokens[f'"document":{paper},'] = """'"document":' || p_paper || ','"""
    tokens.pop("", None)

    if new:
        declared += ["code text := p_code", "c bigint"]
    else:
        (old,) = step.before["workflow_case"].values()
        declared += ["code text", "head text", "c bigint := p_case", "post bigint"]
        body.append(
            f"SELECT w.code, w.head INTO code, head FROM workflow_case w WHERE w.id = c AND w.state = '{old['state']}'"
            f" AND w.seq = {old['seq']};\nIF NOT FOUND THEN RAISE 'not from here'; END IF;"
        )
        roles = "'clerk'" if step.act == "send" else "'head', 'explainer'"
        body.append(
            "SELECT a.id INTO post FROM workflow_appointment a JOIN workflow_user u ON u.id = a.user_id AND u.is_active"
            f" WHERE a.user_id = p_user AND a.agency_id = {case['agency_id']} AND a.role IN ({roles})"
            " AND a.starts_on <= current_date AND (a.ends_on IS NULL OR a.ends_on >= current_date) LIMIT 1;"
            "\nIF NOT FOUND THEN RAISE 'wrong role'; END IF;"
        )
    body.append(f"form := '\\x01'::bytea || convert_to({_pieces(text, tokens)}, 'UTF8');")
    body.append("digest := encode(sha256(form), 'hex');")
    if new:
        made = {
            "code": "code",
            "secret_hash": "p_secret",
            "head": "digest",
            "opened_at": "moment",
            "acted_at": "moment",
        }
        body.append(f"INSERT INTO workflow_case {_insert(case, 'id', **made)} RETURNING id INTO c;")
        (child,) = step.come("explanation_explanationrequest")
        body.append(f"INSERT INTO explanation_explanationrequest {_insert(child, case_ptr_id='c')};")
    else:
        ((_, change),) = step.changed("workflow_case")
        sets = _sets(change, head="digest", acted_at="moment")
        body.append(f"UPDATE workflow_case w SET {sets} WHERE w.id = c AND w.seq = {old['seq']};"
                    "\nIF NOT FOUND THEN RAISE 'conflict'; END IF;")  # fmt: skip
        for _, change in step.changed("explanation_explanationrequest"):
            body.append(f"UPDATE explanation_explanationrequest x SET {_sets(change)} WHERE x.case_ptr_id = c;")
    made = {"case_id": "c", "chain": "'case:' || code", "at": "moment", "recorded_at": "moment"}
    body.append(f"INSERT INTO workflow_logentry {_insert(entry, 'id', canonical='form', hash='digest', **made)}"
                " RETURNING id INTO entry;")  # fmt: skip
    body.append("INSERT INTO workflow_outbox (entry_id) VALUES (entry);")
    if disclosures:
        values = ", ".join(
            f"(entry, {_literal(one['name'])}, salt{n}, p_values[{n}])" for n, one in enumerate(disclosures, 1)
        )
        body.append(f"INSERT INTO workflow_disclosure (entry_id, name, salt, value) VALUES {values};")
    _clocks(step, body)
    parameters = "p_code text, p_secret text" if new else "p_case bigint, p_user bigint, p_paper bigint"
    return (
        f"CREATE OR REPLACE FUNCTION bench_{step.act}({parameters}, p_values text[]) RETURNS bigint LANGUAGE plpgsql"
        f" AS $bench$\n#variable_conflict use_variable\nDECLARE\n {'; '.join(declared)};\nBEGIN\n"
        + "\n".join(part for part in body if part)
        + "\nRETURN c;\nEND $bench$"
    )


def _clocks(step: Step, body: list[str]) -> None:
    """Add the statements for clocks with their ladders."""
    for clock in step.come("workflow_deadline"):
        body.append(f"INSERT INTO workflow_deadline {_insert(clock, 'id', case_id='c')};")
    for clock, change in step.changed("workflow_deadline"):
        where = f"case_id = c AND rule = '{clock['rule']}' AND started_seq = {clock['started_seq']}"
        body.append(f"UPDATE workflow_deadline SET {_sets(change)} WHERE {where};")


def _insert(row: dict[str, Any], *without: str, **made: str) -> str:
    names = [name for name in row if name not in without]
    values = ", ".join(made.get(name) or _literal(row[name]) for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"({quoted}) VALUES ({values})"


def _sets(change: dict[str, Any], **made: str) -> str:
    return ", ".join(f'"{name}" = {made.get(name) or _literal(value)}' for name, value in change.items())


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).lower()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


def _pieces(text: str, tokens: dict[str, str]) -> str:
    """Return an SQL expression that makes the text, with every token replaced by its expression."""
    parts = [(text, False)]
    for token, expression in tokens.items():
        parts = [
            piece for part, is_sql in parts for piece in ([(part, True)] if is_sql else _split(part, token, expression))
        ]
    return " || ".join(part if is_sql else _literal(part) for part, is_sql in parts if part)


def _split(text: str, token: str, expression: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for n, part in enumerate(text.split(token)):
        found += [(expression, True)] if n else []
        found.append((part, False))
    return found


def _commitment(disclosure: dict[str, Any]) -> str:
    from workflow.ledger import canonical

    return canonical.commitment(disclosure["value"], disclosure["salt"])
