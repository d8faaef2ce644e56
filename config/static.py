"""Which static files are gathered for production."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class GatheredFiles(StaticFilesConfig):
    """All but what viewflow ships and none of our pages uses.

    Its node_modules is a left-over whose style sheets point at files that are not there.
    """

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "node_modules",
        "viewflow/css/contrib",
        "viewflow/js/contrib",
    ]
