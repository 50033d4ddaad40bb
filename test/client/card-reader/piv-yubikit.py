# Does with the PIV card in a reader what an administrator does, by Yubico's own library, and prints what came of it.
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from smartcard.System import readers
from ykman.pcsc import ScardSmartCardConnection
from yubikit.core.smartcard import ApduError
from yubikit.piv import DEFAULT_MANAGEMENT_KEY, KEY_TYPE, MANAGEMENT_KEY_TYPE, PIN_POLICY, SLOT, PivSession

reader = next(reader for reader in readers() if reader.name == sys.argv[1])
connection = ScardSmartCardConnection(reader.createConnection())
session = PivSession(connection)
result = {
    "version": list(session.version),
    "managementKey": session.get_management_key_metadata().key_type.name,
    "keyTypes": [],
}
session.authenticate(MANAGEMENT_KEY_TYPE.AES192, DEFAULT_MANAGEMENT_KEY)
for key_type in (MANAGEMENT_KEY_TYPE.AES128, MANAGEMENT_KEY_TYPE.AES256, MANAGEMENT_KEY_TYPE.TDES):
    key = bytes(range(1, key_type.key_len + 1))
    session.set_management_key(key_type, key)
    session = PivSession(connection)
    session.authenticate(key_type, key)
    result["keyTypes"].append(session.get_management_key_metadata().key_type.name)

public_key = session.generate_key(SLOT.SIGNATURE, KEY_TYPE.ECCP384)
session.verify_pin("123456")
signature = session.sign(SLOT.SIGNATURE, KEY_TYPE.ECCP384, b"a message", hashes.SHA384())
public_key.verify(signature, b"a message", ec.ECDSA(hashes.SHA384()))
told = session.get_slot_metadata(SLOT.SIGNATURE).public_key
result["signed"] = told.public_numbers() == public_key.public_numbers()
try:
    session.sign(SLOT.SIGNATURE, KEY_TYPE.ECCP384, b"a message", hashes.SHA384())
    result["signedTwiceByOnePin"] = True
except ApduError:
    result["signedTwiceByOnePin"] = False

ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
session.put_key(SLOT.KEY_MANAGEMENT, ours)
secret = session.calculate_secret(SLOT.KEY_MANAGEMENT, theirs.public_key())
result["agreed"] = secret == ours.exchange(ec.ECDH(), theirs.public_key())

recovered = rsa.generate_private_key(65537, 2048)
session.put_key(SLOT.RETIRED1, recovered, PIN_POLICY.NEVER)
sealed = recovered.public_key().encrypt(b"a secret", padding.PKCS1v15())
result["opened"] = session.decrypt(SLOT.RETIRED1, sealed, padding.PKCS1v15()).decode()

session.set_pin_attempts(5, 4)
result["attempts"] = [session.get_pin_metadata().total_attempts, session.get_puk_metadata().total_attempts]
session.reset()
result["afterReset"] = [
    session.get_management_key_metadata().key_type.name,
    session.get_pin_metadata().attempts_remaining,
]
print(json.dumps(result))
