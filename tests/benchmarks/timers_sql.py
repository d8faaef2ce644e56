"""The sweep written by hand: one set-based statement that writes what ours writes, hash and all."""

from tests.benchmarks.limit import _literal as literal

MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def statement(tells: dict[str, tuple[str, ...]], cite: str, law: str, late_on: str, *, one: bool = False) -> str:
    """Return the statement that rings up to 500 due alarms, or one by its key; it returns how many rang.

    tells: rungs to the roles they tell; the only thing it knows of ladders. A repeating rung is set a day later
    late_on: the instant of the sweep, as entries name it
    """
    told = " ".join(
        f"WHEN {literal(rung)} THEN '[{','.join(chr(34) + role + chr(34) for role in roles)}]'"
        for rung, roles in tells.items()
    )
    pieces = [
        '{"actor":"system","agency_id":', "agency_id", ',"appointment":"","at":"', MOMENT.format("fire_at"),
        '","chain":"case:', "code", '","data":{"clock":"', "rule", '","due":"', "due_on",
        f'","late_on":"{late_on}","law":"{cite}","occurrence":', "occurrence", ',"responsible":{"agency":', "agency_id",
        ',"handler":', "coalesce(handler_id::text, 'null')", ',"head":', "coalesce(head_id::text, 'null')",
        '},"since":', "started_seq", ',"tells":', f"CASE rung {told} END",
        f'}},"law_version":"{law}","on_behalf_of":"","own_act":false,"prev":"', "head", '","recorded_at":"',
        MOMENT.format("moment"), '","seq":', "seq + 1", ',"source":"', "state", '","target":"', "state",
        '","transition":"alarm:', "rung", '"}',
    ]  # fmt: skip
    form = " || ".join(piece if n % 2 else literal(piece) for n, piece in enumerate(pieces))
    which = "a.id = %s AND a.state = 'armed'" if one else "a.state = 'armed' AND a.fire_at <= %s"
    return f"""
WITH due AS MATERIALIZED (
  SELECT a.id AS alarm_id, a.rung, a.occurrence, a.fire_at, d.id AS deadline_id, d.rule, d.started_seq, d.due_on,
    c.id AS case_id, c.code, c.state, c.seq, c.head, c.agency_id, c.handler_id, clock_timestamp() AS moment,
    (SELECT p.user_id FROM workflow_appointment p WHERE p.agency_id = c.agency_id AND p.role = 'head'
      AND p.starts_on <= d.due_on AND (p.ends_on IS NULL OR p.ends_on >= d.due_on)
      ORDER BY p.starts_on DESC LIMIT 1) AS head_id
  FROM workflow_alarm a JOIN workflow_deadline d ON d.id = a.deadline_id JOIN workflow_case c ON c.id = d.case_id
  WHERE {which} ORDER BY a.fire_at, a.id LIMIT 500 FOR UPDATE OF c SKIP LOCKED),
formed AS MATERIALIZED (SELECT due.*, '\\x01'::bytea || convert_to({form}, 'UTF8') AS form FROM due),
hashed AS MATERIALIZED (SELECT formed.*, encode(sha256(form), 'hex') AS hash FROM formed),
c AS (UPDATE workflow_case c SET seq = h.seq + 1, head = h.hash FROM hashed h WHERE c.id = h.case_id AND c.seq = h.seq),
a AS (UPDATE workflow_alarm a SET state = 'fired', fired_at = h.moment FROM hashed h
  WHERE a.id = h.alarm_id AND a.state = 'armed'),
e AS (INSERT INTO workflow_logentry (chain, seq, case_id, agency_id, at, recorded_at, actor, appointment, on_behalf_of,
    own_act, transition, source, target, law_version, canonical, hash)
  SELECT 'case:' || code, seq + 1, case_id, agency_id, fire_at, moment, 'system', '', '', false, 'alarm:' || rung, state,
    state, {literal(law)}, form, hash FROM hashed RETURNING id),
o AS (INSERT INTO workflow_outbox (entry_id) SELECT id FROM e),
n AS (INSERT INTO workflow_alarm (deadline_id, rung, occurrence, fire_at, state)
  SELECT deadline_id, rung, occurrence + 1, fire_at + interval '1 day', 'armed' FROM hashed WHERE rung = 'repeat')
SELECT count(*) FROM e"""
