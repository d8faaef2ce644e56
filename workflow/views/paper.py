"""What a clerk may enter because somebody else signed it on paper."""

from __future__ import annotations

from workflow import clock, engine
from workflow.actors import Requester
from workflow.faces import face
from workflow.models import Case, User
from workflow.permissions import CLERK, RECEIVER, holders
from workflow.store import Post
from workflow.transitions import Rule

BY_SIGNER, BY_REQUESTER = "nguoi-ky", "nguoi-yeu-cau"


def entered_for(
    case: Case, user: User, posts: list[Post], offers: list[engine.Offer]
) -> list[tuple[engine.Offer, str]]:
    """Return the acts a person may enter for a signer or for the requester now, beside their own.

    A requester's act is written down as the requester says; the official's act is that of who signed it.
    """
    here = {post.role for post in posts if post.agency_id == case.agency_id}
    own = {offer.rule.name for offer in offers if offer.allowed}
    found: list[tuple[engine.Offer, str]] = []
    if CLERK in here:
        for signer in _one_of_each(case, [offer.rule for offer in offers if offer.rule.name not in own]):
            found += [
                (one, BY_SIGNER)
                for one in engine.available(case, signer)
                if one.allowed and one.rule.name not in own and _has_paper(one.rule)
            ]
    if here & {CLERK, RECEIVER}:
        found += [
            (one, BY_REQUESTER)
            for one in engine.available(case, Requester(case.pk))
            if one.allowed and one.rule.name not in own | face(case.procedure_name).opens and _has_paper(one.rule)
        ]
    known: dict[str, tuple[engine.Offer, str]] = {}
    for one, kind in found:
        known.setdefault(one.rule.name, (one, kind))
    return list(known.values())


def signers(case: Case, rule: Rule, posts: list[Post]) -> list[User]:
    """Return who may have signed an act on paper, if the person enters papers at this agency."""
    if not any(post.role == CLERK and post.agency_id == case.agency_id for post in posts):
        return []
    return holders(case.agency_id, [code for role in rule.by for code in role.held_by], clock.now())


def _one_of_each(case: Case, rules: list[Rule]) -> list[User]:
    """Return one person for each set of roles that acts here, so that each act is asked about once."""
    sets = {tuple(sorted({code for role in rule.by for code in role.held_by})) for rule in rules}
    first = [holders(case.agency_id, list(codes), clock.now())[:1] for codes in sorted(sets) if codes]
    return list({user.pk: user for users in first for user in users}.values())


def _has_paper(rule: Rule) -> bool:
    from workflow.forms import is_document

    return any(is_document(param.type) for param in rule.params.values())
