"""Every document comes into being in the transaction of an entry that names it, however it came; no other is lawful."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models.signals import post_save

from procedures import sample
from tests import lives
from tests.procedures.test_citizen_pages import PNG, browser, office, typed  # noqa: F401
from tests.workflow import test_corrections as correcting
from workflow import clock, corrections, engine, errors, store
from workflow.ledger import canonical, papers
from workflow.models import Case, Document, LogEntry

pytestmark = pytest.mark.django_db


def unnamed():
    return [one.pk for one in papers.unnamed(list(Document.objects.order_by("pk")))]


def cited(entry):
    return dict(canonical.documents(entry.data))


@pytest.mark.parametrize("state", lives.ROADS)
def test_an_act_cites_the_documents_it_is_done_with(office, state):  # noqa: F811
    lives.explained_before(office)
    lives.brought(office, state)
    assert Document.objects.exists()
    assert unnamed() == []


def test_a_whole_life_of_the_sample_leaves_none_unnamed(tmp_path, settings):
    """Every kind of paper of both procedures, made by all the ways the sample knows."""
    settings.MEDIA_ROOT = tmp_path
    names = [name for name in sample.lives() if "/" in name][:4]
    parents = {one for name in names for one in sample.lives() if one.split("/")[0] == name.split("/")[0]}
    with transaction.atomic():
        sample.settle()
        sample.play({name: life for name, life in sample.lives().items() if name in parents})
        kinds = set(Document.objects.values_list("kind", flat=True))
        assert len(kinds) > 3
        assert unnamed() == []


def test_a_refused_act_leaves_no_document(office):  # noqa: F811
    case = lives.filed(office)
    with lives.on("2026-03-05 10:00"), pytest.raises(errors.Refused), engine.unit():
        engine.fire(case, "sign", actor=office.head, **lives.given(store.load(case), "sign"))
    assert not Document.objects.filter(case=case, kind="T9").exists()


def test_a_document_and_the_entry_that_cites_it_stand_or_fall_together(office):  # noqa: F811
    """Whoever cuts the unit between the two leaves neither."""
    case = lives.filed(office)

    def cut(**_):
        raise ConnectionError("cut")

    post_save.connect(cut, sender=Document)
    try:
        with lives.on("2026-03-05 10:00"), pytest.raises(ConnectionError), engine.unit():
            engine.fire(case, "accept", actor=office.head, **lives.given(case, "accept"))
    finally:
        post_save.disconnect(cut, sender=Document)
    assert not Document.objects.filter(kind="T5").exists()
    assert LogEntry.objects.filter(chain=case.chain).count() == 1


def test_what_a_citizen_attaches_is_named_by_the_signature_that_entry_1_cites(browser, office):  # noqa: F811
    scans = [SimpleUploadedFile(name, PNG + name.encode()) for name in ("a.png", "b.png")]
    assert browser.post("/yeu-cau/moi/", {**typed(browser, office), "attachments": scans}).status_code == 302
    case = Case.objects.get()
    attached = list(case.documents.filter(kind="attachment"))
    assert len(attached) == 2
    entry = LogEntry.objects.get(chain=case.chain)
    signature = Document.objects.get(pk__in=cited(entry))
    assert all(one.digest in signature.body for one in attached)
    assert unnamed() == []
    Document.objects.filter(pk=attached[0].pk).update(digest="0" * 64)
    assert unnamed() == [attached[0].pk]


def test_a_correction_that_waits_or_was_declined_names_its_scan(office):  # noqa: F811
    case = lives.filed(office, "2026-10-05 09:00", **lives.WRITTEN)
    correction = correcting.proposed(office, case)
    entry = LogEntry.objects.get(chain=f"agency:{office.agency.slug}", transition=corrections.PROPOSED)
    assert cited(entry) == {correction.document.pk: correction.document.digest}
    assert (entry.actor, entry.data["case"]) == (f"user:{office.receiver.pk}", case.code)
    assert "Gõ nhầm" not in bytes(entry.canonical).decode()
    assert unnamed() == []
    with lives.on("2026-10-07 10:00"):
        corrections.decline(correction, by=office.clerk)
    assert LogEntry.objects.filter(transition=corrections.DECLINED, actor=f"user:{office.clerk.pk}").exists()
    assert unnamed() == []


def test_a_document_that_nobody_who_acted_put_on_file_is_named(office):  # noqa: F811
    case, other = lives.brought(office, "accepted"), lives.filed(office, "2026-10-05 09:00")
    with clock.simulated(lives.local("2026-10-05 10:00")):
        loose = lives.paper(case, "T9", file=ContentFile(PNG, name="x.png"))
        homeless = lives.paper(None, "T9")
    assert unnamed() == [loose.pk, homeless.pk]
    notice = Document.objects.get(case=case, kind="T5")
    Document.objects.filter(pk=notice.pk).update(case=other)
    assert unnamed() == [notice.pk, loose.pk, homeless.pk]
    Document.objects.filter(pk=loose.pk).update(erased_at=clock.now())
    assert loose.pk not in unnamed(), "what was erased says nothing; the erasure has its own entry"
