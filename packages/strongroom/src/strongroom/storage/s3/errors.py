"""What boto3 raises, as the store's own errors: what happened, and the one next step."""

from __future__ import annotations

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's own, which is no OSError
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from strongroom.errors import (
    NoSpaceError,
    ObjectExistsError,
    ObjectMissingError,
    StorageError,
    StoreAccessError,
    StoreUnreachableError,
    StrongroomError,
    UnfitStoreError,
    UnverifiedObjectError,
)
from strongroom.storage.s3.address import S3Address

_CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_NETWORK = (ConnectionError, HTTPClientError, IncompleteReadError)
MISSING = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchVersion"})
TAKEN = frozenset({"412", "PreconditionFailed"})
CONFLICT = frozenset({"409", "ConditionalRequestConflict", "OperationAborted"})
NO_UPLOAD = "NoSuchUpload"
_UNKNOWN = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
DENIED = frozenset({"401", "403", "AccessDenied", "AllAccessDisabled", "UnauthorizedAccess"})
_BUSY = frozenset(
    {
        "500",
        "502",
        "503",
        "504",
        "InternalError",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
    }
)
_ELSEWHERE = frozenset({"301", "307", "PermanentRedirect", "AuthorizationHeaderMalformed"})
_FULL = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"})
_SPOILED = frozenset(
    {"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"}
)
_UNABLE = frozenset({"501", "NotImplemented", "MethodNotAllowed", "405"})


def code_of(error: BaseException) -> str:
    """S3's own word for an error, or the status of an answer that has none."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def described_error(
    address: S3Address, key: str, error: BotoCoreError | ClientError
) -> StrongroomError:
    """Say what an error of boto3's means; none of its texts is passed on."""
    if isinstance(error, ClientError):
        return _answered(address, key, error)
    if isinstance(error, _CREDENTIALS):
        return StoreAccessError(
            f"There are no credentials for {address.shown}.",
            next_step="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of "
            "~/.aws/credentials by &profile= in the store's address",
        )
    if isinstance(error, FlexibleChecksumError):
        return spoiled(address, key)
    if isinstance(error, _NETWORK):
        return unreachable(address, f"the connection failed ({type(error).__name__})")
    return StorageError(
        f"{address.shown} cannot be used: {type(error).__name__}.",
        next_step="check store.url in strongroom.toml and boto3's settings",
    )


def _answered(address: S3Address, key: str, error: ClientError) -> StrongroomError:
    code = code_of(error)
    if code in MISSING:
        return missing(key)
    if code in TAKEN:
        return taken(key)
    if code in _FULL:
        return NoSpaceError(
            f"{address.shown} has no room left for {key}.",
            next_step="make room there or raise its quota, then try again",
        )
    if code in _BUSY or code in CONFLICT:
        return unreachable(address, f"the server was busy to the end ({code})")
    if code in _SPOILED:
        return spoiled(address, key)
    return _refused(address, key, code)


def _refused(address: S3Address, key: str, code: str) -> StrongroomError:
    if code == "NoSuchBucket":
        return no_bucket(address)
    if code in _UNKNOWN:
        return StoreAccessError(
            f"The server of {address.shown} does not accept the credentials ({code}).",
            next_step="correct access key and secret in the environment, in the profile or in "
            "~/.aws/credentials",
        )
    if code in _EXPIRED:
        return StoreAccessError(
            f"The credentials for {address.shown} have expired.",
            next_step="renew the credentials, then try again",
        )
    if code == "RequestTimeTooSkewed":
        return StoreAccessError(
            f"The clock of this machine differs too much from that of {address.shown}.",
            next_step="set this machine's clock, then try again",
        )
    if code in DENIED:
        return StoreAccessError(
            f"The credentials may not do this in {address.shown}, or there is no such bucket.",
            next_step="give the user the permissions in docs/how-to/keep-backups-elsewhere.md",
        )
    return _odd(address, key, code)


def _odd(address: S3Address, key: str, code: str) -> StrongroomError:
    if code in _ELSEWHERE:
        return StoreAccessError(
            f"The bucket {address.bucket} is in another region, or at another endpoint.",
            next_step="name it in store.url: …?region=REGION",
        )
    if code in _UNABLE:
        return UnfitStoreError(
            f"The server of {address.shown} cannot do what is needed ({code}).",
            next_step="use a store that implements conditional writes of S3",
        )
    if code == NO_UPLOAD:
        return StorageError(
            f"The upload of {key} was ended by somebody else.", next_step="try again"
        )
    if code == "InvalidObjectState":
        return StorageError(
            f"{key} was moved into an archive and cannot be read from there.",
            next_step="have it brought back from the archive (S3 RestoreObject), then try again",
        )
    return StorageError(
        f"{address.shown} refused {key or 'the request'} with {code or 'an unknown error'}.",
        next_step="look that code up in the documentation of the store's server",
    )


def no_bucket(address: S3Address) -> StoreAccessError:
    """The bucket is not there."""
    return StoreAccessError(
        f"There is no bucket {address.bucket} at {address.endpoint or 'Amazon S3'}.",
        next_step="make the bucket, or correct store.url in strongroom.toml",
    )


def unreachable(address: S3Address, why: str) -> StoreUnreachableError:
    """The server does not answer, or not well enough."""
    return StoreUnreachableError(
        f"{address.shown} at {address.endpoint or 'Amazon S3'} cannot be used now: {why}.",
        next_step="check the network, the endpoint and the server, then try again",
    )


def spoiled(address: S3Address, key: str) -> UnverifiedObjectError:
    """Bytes were changed on their way."""
    return UnverifiedObjectError(
        f"{key} did not pass unchanged between here and {address.shown}.",
        next_step="try again; if it returns, check the network and whatever stands in between",
    )


def missing(key: str) -> ObjectMissingError:
    """There is no object of this name."""
    return ObjectMissingError(
        f"The store has no object {key}.", next_step="strongroom backups, to see what it has"
    )


def taken(key: str) -> ObjectExistsError:
    """There is an object of this name."""
    return ObjectExistsError(
        f"{key} is in the store already, and objects are written once.", next_step="try again"
    )
