"""Attacks on the log by the owner of its database, with every trigger dropped; each is noticed, and by whom is written.

The log holds 200 cases, a checkpoint that the witness has seen, and more that came later. An attack that changes
nothing in the database fails its test. `docs/ledger.md` shows this table; a test keeps the two in step.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone, translation

from tests import lives
from workflow import engine, guards
from workflow.actors import SYSTEM
from workflow.ledger import (
    anchors,
    audit,
    canonical,
    chain,
    compare,
    export,
    keys,
    notes,
    seal,
    stream,
    verify,
    walk,
    witness,
)
from workflow.ledger.models import Anchor, Checkpoint, Leaf, Sealer, Tile
from workflow.models import Case, Chain, Deadline, Disclosure, Document, LogEntry, Outbox

pytestmark = pytest.mark.django_db
CASES = 200
LIVE, BUNDLE, WITNESS = "live", "bundle", "witness"
DAY, SEALED, LATER = "2026-10-05 09:00", "2026-10-05 10:00", "2026-10-06 11:00"


@dataclass
class Scene:
    """The log before the attack: a case with three acts, what left the house earlier, and who saw it."""

    case: Case
    other: Case
    bundle: Path
    inspectorate: witness.Witness
    media: Path

    def entry(self, seq, case=None):
        return LogEntry.objects.get(chain=(case or self.case).chain, seq=seq)


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, tmp_path_factory):
    """A log of 200 cases, sealed three times; everything is undone at the end."""
    from django.test import override_settings

    home = tmp_path_factory.mktemp("tamper")
    signer = notes.signer("thanh-tra", notes.WITNESS, Ed25519PrivateKey.generate())
    settings = {"LEDGER_KEY_FILE": home / "ledger.pem", "MEDIA_ROOT": home / "media"}
    with (
        django_db_blocker.unblock(),
        override_settings(**settings, LEDGER_WITNESSES=[str(signer.verifier)]),
        translation.override("en"),
        transaction.atomic(),
    ):
        office = lives.Office()
        case, other = (acted(office, kind) for kind in ("scan.pdf", "other.pdf"))
        for _ in range(CASES - 2):
            lives.filed(office, DAY)
        inspectorate = witness.Witness(signer, keys.public(), home / "seen.json")
        bundle = home / "all.zip"
        with lives.on(SEALED):
            chain.append(chain.SYSTEM_CHAIN, "tested", actor=SYSTEM)
            seal.seal()
            seen(inspectorate)
            export.write(bundle, export.Scope(), at=timezone.now())
        for day in ("2026-10-06 09:00", "2026-10-06 09:30"):
            lives.filed(office, day)
            lives.filed(office, day)
            with lives.on(day):
                seal.seal()
        lives.act(office, other, "send", "2026-10-06 10:00", "clerk")  # waits to be sealed
        yield Scene(case, type(other).objects.get(pk=other.pk), bundle, inspectorate, home / "media")
        transaction.set_rollback(True)


def acted(office, name):
    """Return a case that was accepted and answered with a letter and its scan."""
    case = lives.brought(office, "accepted", DAY)
    with lives.on(DAY):
        answer = lives.paper(case, "T9", file=ContentFile(name.encode(), name=name))
        engine.fire(case, "sign", actor=office.head, **lives.given(case, "sign", answer=answer))
    return type(case).objects.get(pk=case.pk)


def seen(inspectorate):
    """Let the witness see the log."""
    request = anchors.request(inspectorate.seen.size)
    anchors.accept(inspectorate.cosign(request, time=int(timezone.now().timestamp())))


# the attacks ------------------------------------------------------------------------------------------------------


def update(entry, **fields):
    LogEntry.objects.filter(pk=entry.pk).update(**fields)


def column(name, value):
    """Edit one column of an entry."""
    return lambda scene: update(scene.entry(2), **{name: value})


def bytes_alone(scene):
    entry = scene.entry(2)
    update(entry, canonical=bytes(entry.canonical).replace(b'"accept"', b'"refuse"'))


def bytes_and_hash(scene):
    entry = scene.entry(2)
    data = bytes(entry.canonical).replace(b'"transition":"accept"', b'"transition":"refuse"')
    update(entry, canonical=data, hash=canonical.digest(data), transition="refuse")


def bytes_in_another_form(scene):
    entry = scene.entry(3)
    data = b"\x01" + json.dumps(entry.form, ensure_ascii=False, indent=1).encode()
    update(entry, canonical=data, hash=canonical.digest(data))
    Case.objects.filter(pk=scene.case.pk).update(head=canonical.digest(data))


def rechain(case, since=1, change=None):
    """Write a case's chain anew, properly: every hash, link, column and the head fit."""
    prev = ""
    for entry in LogEntry.objects.filter(chain=case.chain).order_by("seq"):
        form = entry.form | {"prev": prev}
        if entry.seq == since and change:
            form |= change
        data = canonical.form(form)
        prev = canonical.digest(data)
        update(entry, canonical=data, hash=prev, actor=form["actor"], agency_id=form["agency_id"])
    Case.objects.filter(pk=case.pk).update(head=prev)


def rechained(scene):
    rechain(scene.case, 2, {"actor": "user:999"})


def resealed():
    """Throw the tree away and seal anew with the log's own key, as its owner can."""
    for model in (Anchor, Leaf, Tile, Checkpoint, Sealer):
        model.objects.all().delete()
    seal.seal()


def rechained_and_resealed(scene):
    rechained(scene)
    resealed()


def delete(entries):
    Disclosure.objects.filter(entry__in=entries).delete()
    Outbox.objects.filter(entry__in=entries).delete()
    entries.delete()


def delete_in_the_middle(scene):
    delete(LogEntry.objects.filter(pk=scene.entry(2).pk))


def delete_the_tail(scene):
    """Cut the last entry off and let the case stand where it stood before it."""
    delete(LogEntry.objects.filter(pk=scene.entry(3).pk))
    before = scene.entry(2)
    Case.objects.filter(pk=scene.case.pk).update(seq=2, head=before.hash, state=before.target)


def delete_the_tail_and_its_leaf(scene):
    Leaf.objects.filter(entry_id=scene.entry(3).pk).delete()
    delete_the_tail(scene)


def delete_the_tail_and_reseal(scene):
    delete_the_tail(scene)
    resealed()


def delete_an_entry_not_yet_sealed(scene):
    """The last act has no leaf yet; its entry goes, the case stands as before it."""
    delete(LogEntry.objects.filter(pk=scene.entry(4, scene.other).pk))


def delete_a_case(scene):
    drop(scene.case)


def delete_a_case_and_its_log(scene):
    drop(scene.case)
    delete(LogEntry.objects.filter(chain=scene.case.chain))


def delete_a_case_and_reseal(scene):
    delete_a_case_and_its_log(scene)
    resealed()


def drop(case):
    """Delete a case's row as SQL would, whatever points to it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM workflow_case WHERE id = %s", [case.pk])
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def delete_the_whole_log(scene):
    LogEntry.objects.all().delete()
    resealed()


def swap_two(scene):
    one, two = scene.entry(2), scene.entry(3)
    update(one, seq=1000)
    update(two, seq=2)
    update(one, seq=3)


def swap_two_cases(scene):
    """Give two cases each other's chain."""
    for a, b in ((scene.case.chain, "case:X"), (scene.other.chain, scene.case.chain), ("case:X", scene.other.chain)):
        LogEntry.objects.filter(chain=a).update(chain=b)


def insert_back_dated(scene):
    """Insert an act between two others, and chain what follows properly."""
    middle = scene.entry(2)
    for entry in LogEntry.objects.filter(chain=scene.case.chain, seq__gt=2).order_by("-seq"):
        update(entry, seq=entry.seq + 1)
        form = entry.form | {"seq": entry.seq + 1}
        update(entry, canonical=canonical.form(form))
    form = middle.form | {"seq": 3, "transition": "extend", "target": middle.target, "source": middle.target}
    copy = LogEntry(**{f.attname: getattr(middle, f.attname) for f in LogEntry._meta.fields if f.attname != "id"})
    copy.seq, copy.transition, copy.source = 3, "extend", middle.target
    copy.canonical, copy.hash = canonical.form(form), "0" * 64
    copy.save()
    Case.objects.filter(pk=scene.case.pk).update(seq=4)
    rechain(scene.case)


def insert_below_the_floor(scene):
    """Append an act under a key that sealing will never look at again."""
    last = scene.entry(3)
    form = last.form | {"seq": 4, "prev": last.hash, "source": last.target}
    data = canonical.form(form)
    copy = LogEntry(**{f.attname: getattr(last, f.attname) for f in LogEntry._meta.fields if f.attname != "id"})
    copy.pk, copy.seq, copy.source, copy.canonical, copy.hash = -1, 4, last.target, data, canonical.digest(data)
    copy.save(force_insert=True)
    Case.objects.filter(pk=scene.case.pk).update(seq=4, head=copy.hash)


def replay(scene):
    """Write the last act once more, as another entry."""
    last = scene.entry(3)
    copy = LogEntry(**{f.attname: getattr(last, f.attname) for f in LogEntry._meta.fields if f.attname != "id"})
    copy.seq = 4
    copy.save()


def replace_a_checkpoint(scene):
    """Sign another root for the last size, with the log's own key."""
    last = Checkpoint.objects.order_by("-size")[0]
    key = keys.current()
    text = str(notes.Checkpoint(key.name, last.size, b"\x01" * 32))
    Checkpoint.objects.filter(pk=last.pk).update(root="01" * 32, note=str(notes.Note(text, (key.sign(text),))))


def replace_a_root(scene):
    Checkpoint.objects.filter(size=Checkpoint.objects.order_by("size")[0].size).update(root="01" * 32)


def sign_with_another_key(scene):
    last = Checkpoint.objects.order_by("-size")[0]
    thief = notes.signer(keys.current().name, notes.LOG, Ed25519PrivateKey.generate())
    text = notes.Note.parse(last.note).text
    Checkpoint.objects.filter(pk=last.pk).update(note=str(notes.Note(text, (thief.sign(text),))))


def delete_a_checkpoint(scene):
    """The last one goes; the leaves it covers stay. Sealing on would be refused."""
    Checkpoint.objects.filter(pk=Checkpoint.objects.order_by("-size")[0].pk).delete()


def delete_a_checkpoint_in_the_middle(scene):
    """What it covered is covered by the next one, and nobody has seen it."""
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert len(sizes) == 3
    Checkpoint.objects.filter(size=sizes[1]).delete()


def redate_a_checkpoint(scene):
    last = Checkpoint.objects.order_by("-size")[0]
    Checkpoint.objects.filter(pk=last.pk).update(at=last.at - timedelta(days=3))


def appended(scene, recorded, *, sealed=""):
    """Append a well-formed act with its own story of when it was recorded, as whoever can write to the database may."""
    last = scene.entry(4, scene.other)
    at = lives.local(recorded)
    said = {"seq": 5, "prev": last.hash, "recorded_at": canonical.instant(at), "source": last.target}
    data = canonical.form(last.form | said | {"transition": "record_receipt"})
    row = {f.attname: getattr(last, f.attname) for f in LogEntry._meta.fields if f.attname != "id"}
    LogEntry.objects.create(**row | {"seq": 5, "recorded_at": at, "source": last.target, "canonical": data,
                                     "hash": canonical.digest(data), "transition": "record_receipt"})  # fmt: skip
    Case.objects.filter(pk=scene.other.pk).update(seq=5, head=canonical.digest(data))
    if sealed:
        with lives.on(sealed):
            seal.seal()


def append_as_if_long_ago(scene):
    appended(scene, "2026-10-05 09:30")


def append_as_if_long_ago_and_seal(scene):
    appended(scene, "2026-10-05 09:30", sealed=LATER)


def append_as_if_later_and_seal(scene):
    appended(scene, "2026-12-24 09:00", sealed=LATER)


def delete_leaves(scene):
    Leaf.objects.filter(index__gte=Leaf.objects.count() - 2).delete()


def swap_leaves(scene):
    one, two = Leaf.objects.order_by("-index")[:2]
    Leaf.objects.filter(index__in=[one.index, two.index]).delete()
    Leaf.objects.bulk_create(
        [Leaf(index=one.index, entry_id=two.entry_id), Leaf(index=two.index, entry_id=one.entry_id)]
    )


def edit_a_tile(scene):
    tile = Tile.objects.get(level=0, number=0)
    Tile.objects.filter(pk=tile.pk).update(hashes=b"\x00" * 32 + bytes(tile.hashes)[32:])


def roll_back_to_a_backup(scene):
    """Everything stands as at the first checkpoint: what came later has never been."""
    size = Checkpoint.objects.order_by("size")[0].size - 1
    kept = set(Leaf.objects.filter(index__lt=size).values_list("entry_id", flat=True))
    delete(LogEntry.objects.exclude(pk__in=kept))
    for case in Case.objects.all():
        last = LogEntry.objects.filter(chain=case.chain).order_by("-seq").first()
        if last is None:
            drop(case)
        else:
            Case.objects.filter(pk=case.pk).update(seq=last.seq, head=last.hash, state=last.target)
    for one in Chain.objects.all():
        last = LogEntry.objects.filter(chain=one.name).order_by("-seq").first()
        Chain.objects.filter(pk=one.pk).update(seq=last.seq if last else 0, head=last.hash if last else "")
    resealed()


def alter_a_disclosure(scene):
    Disclosure.objects.filter(entry=scene.entry(1), name="requester.name").update(value='"Ai Khác"')


def alter_a_salt(scene):
    Disclosure.objects.filter(entry=scene.entry(1), name="requester.name").update(salt="00" * 16)


def swap_disclosures(scene):
    one, two = Disclosure.objects.filter(entry=scene.entry(1)).order_by("name")[:2]
    Disclosure.objects.filter(pk=one.pk).update(value=two.value, salt=two.salt)


def change_an_actors_name(scene):
    Disclosure.objects.filter(entry=scene.entry(2), name="actor_name").update(value='"Người Khác"')


def move_a_disclosure(scene):
    other = scene.entry(1, scene.other)
    Disclosure.objects.filter(entry=other, name="requester.name").delete()
    Disclosure.objects.filter(entry=scene.entry(1), name="requester.name").update(entry=other)


def alter_a_document(scene):
    scene.case.documents.filter(kind="T9").update(summary="Đồng ý toàn bộ")


def alter_a_document_and_its_digest(scene):
    from workflow.documents import digest

    paper = scene.case.documents.get(kind="T5")
    changed = digest(paper.kind, paper.number, paper.dated_on, "khác", paper.body, "")
    Document.objects.filter(pk=paper.pk).update(summary="khác", digest=changed)


def letter(case):
    """Return the letter that was signed, with its scan."""
    return case.documents.filter(kind="T9").exclude(file="").get()


def put_a_document_on_file(scene):
    """A paper that nobody who acted has put there, well-formed."""
    lives.paper(scene.case, "T9", number="99/GT")


def move_a_document_to_another_case(scene):
    Document.objects.filter(pk=letter(scene.case).pk).update(case=scene.other)


def replace_a_scan(scene):
    path = Path(letter(scene.case).file.path)
    kept = path.read_bytes()
    path.write_bytes(b"another letter")
    return lambda: path.write_bytes(kept)


def delete_a_document(scene):
    paper = scene.case.documents.get(kind="T5")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_document WHERE id = %s", [paper.pk])


def exchange_documents(scene):
    """Let the log's citation lead to the other case's letter."""
    one, two = (letter(case) for case in (scene.case, scene.other))
    fields = {f.attname: getattr(two, f.attname) for f in Document._meta.fields if f.attname not in ("id", "case_id")}
    Document.objects.filter(pk=one.pk).update(**fields | {"number": "99/T9"})


def move_a_case(scene):
    agency = apps.get_model("workflow", "Agency").objects.get(slug="xa-khac")
    Case.objects.filter(pk=scene.case.pk).update(agency=agency)


def move_an_entry_to_another_case(scene):
    update(scene.entry(3), case_id=scene.other.pk)


def state_alone(scene):
    Case.objects.filter(pk=scene.case.pk).update(state="closed")


def state_with_seq(scene):
    Case.objects.filter(pk=scene.case.pk).update(state="closed", seq=4)


def running(scene):
    """Return the deadline that runs on the other case, as a queryset."""
    found = Deadline.objects.filter(pk=Deadline.objects.filter(state="running").order_by("pk")[0].pk)
    assert found.get().next_at
    return found


def put_a_deadline_off(scene):
    """Give the office a month more, and let its alarms come a month later too."""
    row, month = running(scene).get(), timedelta(days=30)
    moved = [
        [*bell[:3], bell[3] and f"{datetime.fromisoformat(bell[3]) + month:%Y-%m-%dT%H:%M:%SZ}"] for bell in row.ladder
    ]
    running(scene).update(due_on=row.due_on + month, nominal_on=row.nominal_on + month, ladder=moved,
                          next_at=row.next_at + month, last_at=row.last_at + month)  # fmt: skip


def stop_a_deadline(scene):
    row = running(scene).get()
    silent = [[*bell[:3], None] for bell in row.ladder]
    running(scene).update(
        state="stopped", stopped_seq=1, stopped_on=row.anchor_on, ladder=silent, next_at=None, last_at=None
    )


def silence_a_ladder(scene):
    """Nobody is told any more; the last day stays."""
    silent = [[*bell[:3], None] for bell in running(scene).get().ladder]
    running(scene).update(ladder=silent, next_at=None, last_at=None)


def set_a_ladder_aside(scene):
    running(scene).update(next_try_at=timezone.now() + timedelta(days=3650))


def delete_a_deadline(scene):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_deadline WHERE id = %s", [running(scene).get().pk])


def move_a_deadline_to_another_case(scene):
    running(scene).update(case=scene.case, started_seq=3)


def redate_a_case(scene):
    """The case was opened a week later: its age is what lists are sorted by."""
    Case.objects.filter(pk=scene.case.pk).update(opened_at=lives.local("2026-10-12 09:00"))


def head_alone(scene):
    Case.objects.filter(pk=scene.case.pk).update(head="0" * 64)


def rename_a_case(scene):
    Case.objects.filter(pk=scene.case.pk).update(code="GT-0000-0000")


def rewind_a_chain(scene):
    Chain.objects.filter(name="system").update(seq=0, head="")


def drop_a_chain(scene):
    Chain.objects.filter(name="system").delete()


def forge_a_cosignature(scene):
    body = Anchor.objects.order_by("pk")[0].body
    Anchor.objects.update(body=body.replace(body[-20:-10], "A" * 10))


ATTACKS = (
    # what the owner of the database does             how                               who notices
    ("edits the actor of an entry",                   column("actor", "user:999"), LIVE),
    ("edits the power an entry cites",                column("appointment", "appointment:999"), LIVE),
    ("edits on whose behalf an entry was made",       column("on_behalf_of", "user:999"), LIVE),
    ("edits whether it was an own act",               column("own_act", True), LIVE),
    ("edits the legal moment of an entry",            lambda s: update(s.entry(2), at=lives.local("2026-10-01 09:00")), LIVE),
    ("edits when an entry was recorded",              lambda s: update(s.entry(2), recorded_at=lives.local("2026-10-01 09:00")), LIVE),
    ("edits the act of an entry",                     column("transition", "refuse"), LIVE),
    ("edits the state an entry starts from",          column("source", "closed"), LIVE),
    ("edits the state an entry leads to",             column("target", "refused"), LIVE),
    ("edits the law version of an entry",             column("law_version", "khác"), LIVE),
    ("edits the agency of an entry",                  column("agency_id", 1), LIVE),
    ("edits the hash of an entry",                    column("hash", "0" * 64), LIVE),
    ("edits the bytes of an entry",                   bytes_alone, LIVE),
    ("edits bytes, hash and column alike",            bytes_and_hash, LIVE),
    ("writes an entry in another form",               bytes_in_another_form, LIVE),
    ("chains one case anew, properly",                rechained, LIVE),
    ("chains one case anew and seals everything anew", rechained_and_resealed, (BUNDLE, WITNESS)),
    ("deletes an entry in the middle",                delete_in_the_middle, LIVE),
    ("deletes the last entry, sets the case back",    delete_the_tail, LIVE),
    ("deletes the last entry with its leaf",          delete_the_tail_and_its_leaf, LIVE),
    ("deletes the last entry and seals anew",         delete_the_tail_and_reseal, (BUNDLE, WITNESS)),
    ("deletes an entry before it is sealed",          delete_an_entry_not_yet_sealed, LIVE),
    ("deletes a case, not its log",                   delete_a_case, LIVE),
    ("deletes a case with its log",                   delete_a_case_and_its_log, LIVE),
    ("deletes a case with its log and seals anew",    delete_a_case_and_reseal, (BUNDLE, WITNESS)),
    ("deletes the whole log",                         delete_the_whole_log, (LIVE, BUNDLE)),
    ("swaps two entries of a chain",                  swap_two, LIVE),
    ("swaps the chains of two cases",                 swap_two_cases, LIVE),
    ("inserts a back-dated act and chains on",        insert_back_dated, LIVE),
    ("inserts an act under a key long passed",        insert_below_the_floor, LIVE),
    ("replays an act",                                replay, LIVE),
    ("signs another root for a size",                 replace_a_checkpoint, LIVE),
    ("edits the root of a checkpoint",                replace_a_root, LIVE),
    ("signs a checkpoint with another key",           sign_with_another_key, LIVE),
    ("deletes a checkpoint",                          delete_a_checkpoint, LIVE),
    ("deletes a checkpoint in the middle",            delete_a_checkpoint_in_the_middle, LIVE),
    ("edits when a checkpoint was signed",            redate_a_checkpoint, LIVE),
    ("appends an act as if recorded long ago",        append_as_if_long_ago, LIVE),
    ("appends and seals an act as if recorded long ago", append_as_if_long_ago_and_seal, LIVE),
    ("appends and seals an act as if recorded later", append_as_if_later_and_seal, LIVE),
    ("deletes leaves",                                delete_leaves, LIVE),
    ("swaps two leaves",                              swap_leaves, LIVE),
    ("edits a stored hash of the tree",               edit_a_tile, LIVE),
    ("rolls everything back to an old backup",        roll_back_to_a_backup, WITNESS),
    ("forges a cosignature",                          forge_a_cosignature, LIVE),
    ("alters a disclosed value",                      alter_a_disclosure, LIVE),
    ("alters a salt",                                 alter_a_salt, LIVE),
    ("swaps two disclosed values",                    swap_disclosures, LIVE),
    ("changes an actor's name",                       change_an_actors_name, LIVE),
    ("moves a disclosed value to another case",       move_a_disclosure, LIVE),
    ("alters a document",                             alter_a_document, LIVE),
    ("alters a document and its digest",              alter_a_document_and_its_digest, LIVE),
    ("replaces a scan on the disk",                   replace_a_scan, LIVE),
    ("puts a document on file that no act names",     put_a_document_on_file, LIVE),
    ("moves a document to another case",              move_a_document_to_another_case, LIVE),
    ("deletes a document",                            delete_a_document, LIVE),
    ("puts another document in its place",            exchange_documents, LIVE),
    ("moves a case to another agency",                move_a_case, LIVE),
    ("moves an entry to another case",                move_an_entry_to_another_case, LIVE),
    ("edits the state of a case alone",               state_alone, LIVE),
    ("edits the state of a case with its seq",        state_with_seq, LIVE),
    ("edits the head of a case",                      head_alone, LIVE),
    ("puts a deadline off, with its alarms",          put_a_deadline_off, LIVE),
    ("stops a deadline",                              stop_a_deadline, LIVE),
    ("silences the alarms of a deadline",             silence_a_ladder, LIVE),
    ("sets the alarms of a deadline aside for years", set_a_ladder_aside, LIVE),
    ("deletes a deadline",                            delete_a_deadline, LIVE),
    ("moves a deadline to another case",              move_a_deadline_to_another_case, LIVE),
    ("edits when a case was opened",                  redate_a_case, LIVE),
    ("renames a case",                                rename_a_case, LIVE),
    ("rewinds a chain beside the cases",              rewind_a_chain, LIVE),
    ("deletes the head of a chain",                   drop_a_chain, LIVE),
)  # fmt: skip


# the proof --------------------------------------------------------------------------------------------------------

TABLES = ("workflow_logentry", "workflow_case", "workflow_deadline", "workflow_chain", "workflow_disclosure", "workflow_document",
          "ledger_leaf", "ledger_tile", "ledger_checkpoint", "ledger_anchor")  # fmt: skip


def stored(scene):
    """Return everything that the claims are about, as it is stored."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            found[table] = sorted(repr(row) for row in cursor.fetchall())
    found["files"] = [
        Path(one.file.path).read_bytes() for one in Document.objects.exclude(file="").order_by("pk") if one.file
    ]
    return found


def noticed(scene):
    """Return who notices that something is wrong."""
    who = set()
    if audit.check().failures:
        who.add(LIVE)
    assert verify.verify(scene.bundle, keys.public()).failures == []
    if compare.compare(scene.bundle):
        who.add(BUNDLE)
    try:
        request = anchors.request(scene.inspectorate.seen.size)
        if request is None:
            who.add(WITNESS)
        else:
            witness.Witness(scene.inspectorate.signer, scene.inspectorate.log, scene.inspectorate.state).cosign(
                request, time=1
            )
    except (witness.Refused, LookupError):
        who.add(WITNESS)
    return who


@pytest.fixture
def kept(scene, settings):
    """Undo what an attack does, in the database and in the witness's memory."""
    settings.MEDIA_ROOT = scene.media
    memory = scene.inspectorate.state.read_bytes()
    with transaction.atomic():
        guards.remove()
        yield scene
        transaction.set_rollback(True)
    scene.inspectorate.state.write_bytes(memory)


def test_the_log_holds_before_anybody_attacks_it(kept):
    assert Case.objects.count() >= CASES
    assert noticed(kept) == set()
    assert Leaf.objects.count() < LogEntry.objects.count(), "something waits to be sealed"


@pytest.mark.parametrize("together", [stream.PART, 3], ids=["in one part", "in many parts"])
@pytest.mark.parametrize(("what", "attack", "who"), ATTACKS, ids=[one[0] for one in ATTACKS])
def test_it_is_noticed(kept, monkeypatch, what, attack, who, together):
    monkeypatch.setattr(stream, "PART", together)
    monkeypatch.setattr(stream, "STEP", min(stream.STEP, together - 1))
    before = stored(kept)
    undo = attack(kept)
    try:
        assert stored(kept) != before, "the attack changed nothing"
        expected = {who} if isinstance(who, str) else set(who)
        assert expected <= noticed(kept)
    finally:
        if undo:
            undo()


@pytest.mark.parametrize("name", ["edits the actor of an entry", "chains one case anew, properly", "deletes a case, not its log",
                                  "deletes an entry in the middle", "edits the state of a case alone", "replays an act"])  # fmt: skip
def test_it_is_noticed_when_few_heads_are_held(kept, monkeypatch, name):
    """Memory stays the same: chains that were let go are looked up again."""
    monkeypatch.setattr(walk, "HELD", 6)
    monkeypatch.setattr(stream, "PART", 2)
    assert audit.check().failures == []
    {what: attack for what, attack, _ in ATTACKS}[name](kept)
    assert audit.check().failures


def test_going_on_from_a_checkpoint_finds_what_came_later(kept):
    first = Checkpoint.objects.order_by("size")[0].size
    found = audit.check(since=first)
    assert found.failures == []
    assert 0 < found.entries < LogEntry.objects.count() - first + 5
    last = kept.entry(4, kept.other)
    update(last, actor="user:999")
    assert {(one.chain, one.seq) for one in audit.check(since=first).failures} == {(kept.other.chain, 4)}


def test_going_on_from_a_checkpoint_finds_a_link_that_leads_back(kept):
    first = Checkpoint.objects.order_by("size")[0].size
    update(kept.entry(3, kept.other), hash="0" * 64)  # before the checkpoint
    assert (kept.other.chain, 4) in {(one.chain, one.seq) for one in audit.check(since=first).failures}


def test_the_document_shows_this_table():
    text = (Path(__file__).resolve().parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
    shown = [
        line
        for line in text.splitlines()
        if line.startswith("| ") and line.rstrip("| ").endswith(tuple(WORDS.values()))
    ]
    assert shown == rows()


WORDS = {LIVE: "`manage.py verify`", BUNDLE: "an earlier bundle", WITNESS: "the witness"}


def rows():
    """Return the table as the document shows it."""
    return [
        f"| {what} | {', '.join(WORDS[one] for one in ((who,) if isinstance(who, str) else who))} |"
        for what, _, who in ATTACKS
    ]


if __name__ == "__main__":
    print("\n".join(rows()))
