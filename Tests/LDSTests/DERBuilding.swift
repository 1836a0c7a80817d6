import ISO7816
import LDS

/// Small DER builders for test data.
func sequence(_ children: [UInt8]...) -> [UInt8] { TLV.encode(0x30, children: children) }
func integer(_ bytes: UInt8...) -> [UInt8] { TLV.encode(0x02, bytes) }
func octets(_ bytes: [UInt8]) -> [UInt8] { TLV.encode(0x04, bytes) }
func bits(_ bytes: [UInt8]) -> [UInt8] { TLV.encode(0x03, [0] + bytes) }
func identifier(_ dotted: String) -> [UInt8] { TLV.encode(0x06, OID(dotted)?.encoded ?? []) }
