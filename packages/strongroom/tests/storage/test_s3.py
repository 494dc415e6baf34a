from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.storage import ObjectStore, open_store
from strongroom.testing.storage import ObjectStoreConformance

if TYPE_CHECKING:
    from conftest import S3


class TestS3Store(ObjectStoreConformance):
    @pytest.fixture
    def store(self, s3: S3) -> ObjectStore:
        return open_store(s3.url())


class TestS3StoreWithVersions(ObjectStoreConformance):
    @pytest.fixture
    def store(self, s3: S3) -> ObjectStore:
        return open_store(s3.url("versioned"))
