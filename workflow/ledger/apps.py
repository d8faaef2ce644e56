"""The ledger as a Django app of its own: sealing, checkpoints, outside anchors."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Leaves, tiles, checkpoints and what others say of them."""

    name = "workflow.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
    default_auto_field = "django.db.models.BigAutoField"
