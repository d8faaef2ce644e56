"""The compiled translations are committed, so they must not fall behind."""

import pytest

from tests.messages import LOCALE, catalogues, compiled


@pytest.mark.parametrize("file", catalogues(), ids=lambda file: str(file.relative_to(LOCALE)))
def test_the_compiled_catalogue_is_in_step(file):
    assert file.with_suffix(".mo").read_bytes() == compiled(file), "`make messages` compiles it"
