"""What a crash run finds in its database, and what it must find there at the end."""

from datetime import datetime, time, timedelta

from django.db import transaction

from tests import lives
from tests.clones import clone
from workflow import clock, engine
from workflow.actors import Requester
from workflow.clock import LEGAL_ZONE
from workflow.ledger import audit


def fill(connection, alarms):
    """Write as many due alarms, several on each case's ladder; returns how many there are."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    office = lives.Office()
    for person in (office.officer, office.head, office.superior, office.inspector):
        person.email = f"{person.username}@example.vn"
        person.save()
    case, due = _late(office)
    n = -(-alarms // due)
    clone(connection, case.pk, n - 1)
    connection.execute("ANALYZE")
    return n * due


def _late(office):
    """Return a case that is so late that its ladder has been climbed but for the last rung, and how many are due."""
    now = clock.now()
    requester = lives.filing(office.agency)["requester"] | {"email": "an@example.vn"}
    for days in range(4, 30):
        day = (now - timedelta(days=days)).astimezone(LEGAL_ZONE).date()
        with transaction.atomic():
            with clock.simulated(datetime.combine(day, time(9), LEGAL_ZONE)):
                data = lives.filing(office.agency, requester=requester)
                case = engine.open("explanation", actor=Requester(None), **data)
            due = [rung for rung, at in lives.rings(case).items() if at <= now]
            if "superior" in due:
                return case, len(due)
            transaction.set_rollback(True)  # not late enough
    raise AssertionError("no day is late enough")


def counted(connection, due):
    """Return the figures at the end, and a sentence for everything that is not as it must be."""

    def one(sql):
        return connection.execute(sql).fetchone()[0]

    alarm = "transition LIKE 'alarm:%'"
    figures = {
        "alarms rung": one("SELECT count(*) FROM workflow_alarm"),
        "entries of alarms": one(f"SELECT count(*) FROM workflow_logentry WHERE {alarm}"),
        "outbox rows of alarms": one(
            f"SELECT count(*) FROM workflow_outbox o JOIN workflow_logentry e ON e.id = o.entry_id WHERE {alarm}"
        ),
        "messages": one("SELECT count(*) FROM notifications_message"),
        "cases set aside": one("SELECT count(DISTINCT case_id) FROM workflow_deadline WHERE failures > 0"),
    }
    twice = one(
        "SELECT count(*) FROM (SELECT chain, transition, convert_from(substr(canonical, 2), 'UTF8')::json->'data'->>'occurrence'"
        f" FROM workflow_logentry WHERE {alarm} GROUP BY 1, 2, 3 HAVING count(*) > 1) x"
    )
    armed = one("SELECT count(*) FROM workflow_deadline WHERE next_at <= now()")
    untold = one("SELECT count(*) FROM workflow_outbox WHERE taken_at IS NULL")
    twice_told = one("SELECT count(*) FROM (SELECT entry_id FROM workflow_outbox GROUP BY 1 HAVING count(*) > 1) x")
    uneven = connection.execute(
        "SELECT transition, min(n), max(n) FROM (SELECT e.transition, count(m.id) AS n FROM workflow_logentry e"
        f" LEFT JOIN notifications_message m ON m.entry_id = e.id WHERE e.{alarm} GROUP BY e.id, e.transition) x"
        " GROUP BY 1 HAVING min(n) <> max(n) OR min(n) = 0"
    ).fetchall()
    found = audit.check()
    figures["entries verified"], figures["chains verified"] = found.entries, found.chains
    checks = {
        f"{due} alarms were due, {figures['alarms rung']} rang": figures["alarms rung"] >= due,
        f"{armed} alarms are due and have not rung": not armed,
        f"{twice} alarms rang twice": not twice,
        "alarms and their entries differ in number": figures["alarms rung"] == figures["entries of alarms"],
        "entries and their outbox rows differ in number": figures["outbox rows of alarms"]
        == figures["entries of alarms"],
        f"{twice_told} entries stand in the outbox twice": not twice_told,
        f"{untold} outbox rows were not taken": not untold,
        f"messages are missing or doubled: {uneven}": not uneven,
        f"cases were set aside: {figures['cases set aside']}": not figures["cases set aside"],
        f"{found}; {', '.join(map(str, found.failures[:3]))}": not found.failures,
    }
    return figures, [sentence for sentence, holds in checks.items() if not holds]
