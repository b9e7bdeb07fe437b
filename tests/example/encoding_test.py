"""Row 5: the encoding explorer. Bytes written down here, and those that stock encoders make."""

import base64
import gzip
import shutil
import subprocess

import running
from running import ROOT, Skipped, fails, go_peer, ours, python_peer, run, succeeds

PERSON = ("0a 06 4d 61 72 74 69 6e 10 b9 0a 1a 0b 64 61 79 64 72 65 61 6d 69 6e 67 "
          "1a 07 68 61 63 6b 69 6e 67")
GREET = "0a055065746572120753555354656368"
DOUBLES = "090000000000000c40110000000000001c40190000000000803840"
INTERESTS = ["--proto", str(ROOT / "proto/interests.proto")]
ASSISTANT = ["--proto", str(ROOT / "proto/assistant.proto"), "--type"]


def decode(*arguments, **how):
    return succeeds(ours("grpcwire") + ["decode", *arguments], **how)


def cells(table):
    """A list for each line."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()]
            for line in table.splitlines()]


def person():
    table = cells(decode(*PERSON.split()))
    assert [row[:4] for row in table[1:]] == [
        ["0", "1", "2 LEN", "6"], ["8", "2", "0 VARINT", "2"],
        ["11", "3", "2 LEN", "11"], ["24", "3", "2 LEN", "7"]], table
    assert table[1][5].startswith('string "Martin"'), table
    assert table[2][5].startswith("int, uint, enum 1337"), table
    named = decode(*INTERESTS, *PERSON.split())
    for text in ("1 user_name", 'string "Martin"', "2 favorite_number", "int64 1337",
                 '"daydreaming"', '"hacking"'):
        assert text in named, named
    bits = decode("--as", "bits", *PERSON.split()).splitlines()
    assert len(bits) == 33, bits
    assert bits[9].startswith("0009  b9  1 0111001"), bits
    assert bits[10].startswith("000a  0a  0 0001010"), bits
    shown = decode("--as", "hex", *PERSON.split())
    assert shown.startswith("0000  0a 06 4d 61 72 74 69 6e  "), shown
    assert '  1 LEN 6: string "Martin"' in shown, shown


def greet():
    out = decode(*ASSISTANT, "GreetRequest", GREET)
    for text in ('string "Peter"', 'string "SUSTech"', "1 user_name", "2 institution"):
        assert text in out, out
    assert sizes_in(out)["protobuf"] == 16, out
    assert sizes_in(out)["JSON of Python's json.dumps"] == 48, out


def doubles():
    table = cells(decode(DOUBLES))
    assert [row[:4] for row in table[1:]] == [
        ["0", "1", "1 I64", "8"], ["9", "2", "1 I64", "8"], ["18", "3", "1 I64", "8"]], table
    assert [row[5].split(" | ")[0] for row in table[1:]] == [
        "double 3.5", "double 7", "double 24.5"], table
    named = decode(*ASSISTANT, "MultResponse", DOUBLES)
    assert "3 result" in named and "double 24.5" in named, named


def sizes_in(out):
    lines = out.partition("The same content in\n")[2].splitlines()
    return {name.strip(): int(size) for name, _, size in
            (line.removesuffix(" bytes").rpartition(" ") for line in lines)}


def sizes():
    assert sizes_in(decode(*INTERESTS, PERSON)) == {
        "protobuf": 33, "Thrift compact": 34, "Thrift binary": 59, "MessagePack": 66, "JSON": 81,
        "JSON of Python's json.dumps": 89}


def mistake():
    """Each ends with its own exit code and names the culprit."""
    command = ours("grpcwire") + ["decode"]
    code, out, err = run(command + ["08 01 12 05 61"])
    assert code == 3 and "int, uint, enum 1" in out, (code, out, err)
    assert "at byte 3: a length of 5 bytes, but only 1 byte follows" in err, err
    fails(command + ["0a0g"], "'g' at character 4", "--from base64")
    fails(command + ["0a0"], "only one hexadecimal digit")
    fails(command + ["--file", "/nowhere"], "cannot read /nowhere")
    fails(command + ASSISTANT + ["Greeting", GREET], "no message type Greeting", "GreetRequest")
    assert run(command + ["--as", "picture", "08"])[0] == 2


def encoded_by(peer, *arguments):
    return dict(line.split() for line in succeeds(peer + list(arguments)).splitlines())


def encoded_by_python(*arguments):
    return encoded_by(python_peer("encoded_messages.py"), *arguments)


def go_bytes():
    """What Go's protobuf makes now is what is written down above, and it can be read."""
    peer = go_peer("encoded_messages")
    assert encoded_by(peer) == {"person": PERSON.replace(" ", ""), "greet": GREET,
                                "doubles": DOUBLES}
    out = decode(*INTERESTS, encoded_by(peer, "-name", "深圳 ☺", "-number", "-1")["person"])
    assert "深圳 ☺" in out and "int64 -1" in out, out


def python_bytes():
    """What Python's protobuf makes now is what is written down above, and it can be read."""
    made = encoded_by_python()
    assert made == {"person": PERSON.replace(" ", ""), "greet": GREET, "doubles": DOUBLES}, made
    other = encoded_by_python("--name", "深圳 ☺", "--number", "-1")["person"]
    out = decode(*INTERESTS, other)
    assert "深圳 ☺" in out and "int64 -1" in out, out
    # Text and bytes come in other ways, too.
    raw = bytes.fromhex(other)
    done = subprocess.run(ours("grpcwire") + ["decode", *INTERESTS], input=raw, capture_output=True,
                          timeout=running.PATIENCE)
    assert done.stdout.decode() == out, done
    assert decode(*INTERESTS, "--from", "hex", stdin=other) == out
    assert decode(*INTERESTS, "--from", "base64", base64.b64encode(raw).decode()) == out
    # The body of a call: a message as it is, and a compressed one.
    packed = gzip.compress(raw)
    body = ("0000000021" + made["person"] + "01" + len(packed).to_bytes(4, "big").hex() +
            packed.hex())
    call = decode(*INTERESTS, "--framed", "--encoding", "gzip", body)
    assert "message 1, prefix at byte 0: 00 00 00 00 21: not compressed, 33 bytes" in call, call
    assert "message 2, prefix at byte 38: 01 " in call and call.endswith(out), call
    fails(ours("grpcwire") + ["decode", "--framed", body], "--encoding gzip")


def protoc_bytes():
    """`--as text` is, byte for byte, what protoc makes of the same bytes."""
    if shutil.which("protoc") is None:
        raise Skipped("protoc is not installed (Debian: protobuf-compiler)")
    vectors = [PERSON, GREET, DOUBLES, "08 96 01", "12 07 74 65 73 74 69 6e 67", "1a 03 08 96 01",
               "32 06 03 8e 02 9e a7 05", "08 ff ff ff ff ff ff ff ff ff 01", "0d 00 00 80 3f",
               "09 00 00 00 00 00 00 f0 3f", "0b 08 01 0c", "88 80 80 80 00 01",
               "f8 ff ff ff 7f 01", "08 ff ff ff ff ff ff ff ff ff 7f", "1a 00",
               "1a 0a 22 27 5c 0a 0d 09 00 7f ff 41", "0b 13 1a 03 08 96 01 14 0c"]
    for vector in vectors:
        raw = bytes.fromhex(vector.replace(" ", ""))
        theirs = subprocess.run(["protoc", "--decode_raw"], input=raw, capture_output=True,
                                check=True, timeout=running.PATIENCE).stdout.decode()
        mine = decode("--as", "text", vector)
        assert mine == theirs, (vector, mine, theirs)
    for vector in ("0b 14", "0f", "0e", "00", "12 05 61", "0b 08 01", "0c",
                   "08 80 80 80 80 80 80 80 80 80 80 01", "88 80 80 80 80 00 01"):
        raw = bytes.fromhex(vector.replace(" ", ""))
        theirs = subprocess.run(["protoc", "--decode_raw"], input=raw, capture_output=True,
                                timeout=running.PATIENCE).returncode
        assert theirs != 0, vector
        assert run(ours("grpcwire") + ["decode", vector])[0] == 3, vector


running.main(globals())
