# Has the card in a reader attest its keys 9A and 9C by Yubico's own library, and prints what came of it.
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier
from smartcard.System import readers
from ykman.pcsc import ScardSmartCardConnection
from yubikit.core.smartcard import ApduError
from yubikit.piv import SLOT, PivSession

reader = next(reader for reader in readers() if reader.name == sys.argv[1])
session = PivSession(ScardSmartCardConnection(reader.createConnection()))
attestation = session.attest_key(SLOT.AUTHENTICATION)
issuer = session.get_certificate(SLOT.ATTESTATION)
issuer.public_key().verify(
    attestation.signature, attestation.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256())
)
told = session.get_slot_metadata(SLOT.AUTHENTICATION).public_key
policies = attestation.extensions.get_extension_for_oid(ObjectIdentifier("1.3.6.1.4.1.41482.3.8"))
try:
    session.attest_key(SLOT.SIGNATURE)
    imported_is_attested = True
except ApduError:
    imported_is_attested = False
print(
    json.dumps(
        {
            "subject": attestation.subject.rfc4514_string(),
            "isOfKey": attestation.public_key().public_numbers() == told.public_numbers(),
            "pinAndTouch": policies.value.value.hex(),
            "importedIsAttested": imported_is_attested,
        }
    )
)
