"""The sweep written by hand: one set-based statement that writes what ours writes, hash and all."""

from tests.benchmarks.limit import _literal as literal

SECOND = """to_char(({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
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
    which = "d.id = %s AND d.next_at IS NOT NULL" if one else "d.next_at <= %s"
    again = f"""CASE WHEN r.rung = 'repeat' THEN to_jsonb({SECOND.format("d.next_at + interval '1 day'")}) END"""
    return f"""
WITH due AS MATERIALIZED (
  SELECT d.id AS deadline_id, d.rule, d.started_seq, d.due_on, d.next_at AS fire_at, r.rung, r.occurrence,
    jsonb_set(d.ladder, ARRAY[(r.n - 1)::text],
      jsonb_build_array(r.rung, r.occurrence, d.ladder->(r.n - 1)::int->3, {again})) AS ladder,
    c.id AS case_id, c.code, c.state, c.seq, c.head, c.agency_id, c.handler_id, clock_timestamp() AS moment,
    (SELECT p.user_id FROM workflow_appointment p WHERE p.agency_id = c.agency_id AND p.role = 'head'
      AND p.starts_on <= d.due_on AND (p.ends_on IS NULL OR p.ends_on >= d.due_on)
      ORDER BY p.starts_on DESC LIMIT 1) AS head_id
  FROM workflow_deadline d JOIN workflow_case c ON c.id = d.case_id
  CROSS JOIN LATERAL (SELECT l.x->>0 AS rung, (l.x->>1)::int + 1 AS occurrence, l.n
    FROM jsonb_array_elements(d.ladder) WITH ORDINALITY AS l(x, n) WHERE l.x->>3 IS NOT NULL
    ORDER BY l.x->>3, l.n LIMIT 1) AS r
  WHERE {which} ORDER BY d.next_at, d.id LIMIT 500 FOR UPDATE OF c SKIP LOCKED),
formed AS MATERIALIZED (SELECT due.*, '\\x01'::bytea || convert_to({form}, 'UTF8') AS form FROM due),
hashed AS MATERIALIZED (SELECT formed.*, encode(sha256(form), 'hex') AS hash FROM formed),
c AS (UPDATE workflow_case c SET seq = h.seq + 1, head = h.hash FROM hashed h WHERE c.id = h.case_id AND c.seq = h.seq),
d AS (UPDATE workflow_deadline d SET ladder = h.ladder, next_at = l.next_at, last_at = l.last_at, failures = 0,
    next_try_at = NULL, failed_why = '' FROM hashed h CROSS JOIN LATERAL
    (SELECT min(x->>3)::timestamptz AS next_at, max(x->>3)::timestamptz AS last_at
      FROM jsonb_array_elements(h.ladder) AS x) AS l
  WHERE d.id = h.deadline_id AND d.next_at = h.fire_at),
e AS (INSERT INTO workflow_logentry (chain, seq, case_id, agency_id, at, recorded_at, actor, appointment, on_behalf_of,
    own_act, transition, source, target, law_version, canonical, hash)
  SELECT 'case:' || code, seq + 1, case_id, agency_id, fire_at, moment, 'system', '', '', false, 'alarm:' || rung, state,
    state, {literal(law)}, form, hash FROM hashed RETURNING id),
o AS (INSERT INTO workflow_outbox (entry_id) SELECT id FROM e),
a AS (INSERT INTO workflow_alarm (deadline_id, rung, occurrence, fire_at, fired_at)
  SELECT deadline_id, rung, occurrence, fire_at, moment FROM hashed)
SELECT count(*) FROM e"""
