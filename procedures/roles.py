"""The capacities of a public office in which people act, shared by the procedures."""

from django.utils.translation import gettext_lazy as _

from workflow.law import Role

REQUESTER = Role("requester", _("requester"), outside=True)
"""Who asks and is directly affected (người yêu cầu giải trình)."""

RECEIVER = Role("receiver", _("receiving officer"), held_by=("receiver",))
"""Assigned to receive requests (người được giao tiếp nhận)."""

EXPLAINER = Role("explainer", _("explaining person"), held_by=("head", "explainer"))
"""The head, or a person assigned or lawfully authorised (người giải trình). PCTN Đ.15 k.1."""

CLERK = Role("clerk", _("clerk"), held_by=("clerk",))
"""Registers, numbers and sends documents (văn thư)."""

OFFICER = Role("officer", _("case officer"), held_by=("officer",))
"""Prepares the file and closes it (chuyên viên)."""

HEAD = Role("head", _("head of the agency"), held_by=("head",))
"""Answers for the agency (người đứng đầu)."""

RESOLVER = Role("resolver", _("complaint resolver"), held_by=("head",), held_above=("head",))
"""Decides a complaint: the head first, the head of the superior agency second. LKN Đ.7."""

COMPLAINANT = Role("complainant", _("complainant"), outside=True)
"""Who complains about a decision or act that touches their rights (người khiếu nại). LKN Đ.2 k.2."""

SETTLER = Role("settler", _("person who settles the complaint"), held_by=("head",))
"""Settles the complaint that was lodged with them (người giải quyết khiếu nại). LKN Đ.2 k.6."""

VERIFIER = Role("verifier", _("verifier"), held_by=("officer",))
"""Verifies the content of a complaint by assignment (người được giao xác minh). LKN Đ.29."""

INSPECTOR = Role("inspector", _("inspector"), held_by=("inspector",))
"""Reads everything under a jurisdiction, changes nothing (thanh tra)."""

ADMINISTRATOR = Role("administrator", _("administrator"), held_by=("administrator",))
"""Keeps agencies, people and the calendar; sees no case (quản trị)."""

ALL = (
    REQUESTER,
    RECEIVER,
    EXPLAINER,
    CLERK,
    OFFICER,
    HEAD,
    RESOLVER,
    COMPLAINANT,
    SETTLER,
    VERIFIER,
    INSPECTOR,
    ADMINISTRATOR,
)
