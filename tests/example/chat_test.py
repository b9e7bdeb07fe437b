"""Row 13: a chat room. Each line reaches all others, and nobody waits for somebody who does not read."""

import re

import running
from running import Program, Server, fails, ours, python_peer, succeeds


def room(*flags):
    return Server(ours("chat_server") + ["--port", "0", *flags])


def comes(program, name, server, *flags):
    """A member who is in."""
    member = Program(program + ["--name", name, "--address", server.address, *flags])
    member.expect("^you are in")
    return member


def everybody_hears_everybody(members):
    """`members` by their names."""
    for name, member in members.items():
        for number in range(3):
            member.say(f"{number} from {name}")
    for name in members:
        for other, listener in members.items():
            if other == name:
                continue
            for number in range(3):
                listener.expect(f"^{name}: {number} from {name}$")
    for name, member in members.items():
        assert f"{name}: 0 from {name}" not in member.lines, f"{name} hears itself"
        said = [line for line in member.lines if re.match(r"\w+: \d from", line)]
        assert len(said) == 3 * (len(members) - 1), said


def ours_both():
    server = room()
    members = {name: comes(ours("chat_client"), name, server) for name in ("Ada", "Ben", "Cleo")}
    everybody_hears_everybody(members)
    for member in members.values():
        member.say("/quit")
        member.ends_cleanly(after_interrupt=False)
    server.expect("; 0 in the room$")
    server.ends_cleanly()


def python_client():
    server = room("--backlog", "20")
    python = python_peer("chat_client.py")
    members = {"Ada": comes(ours("chat_client"), "Ada", server),
               "Ben": comes(python, "Ben", server), "Cleo": comes(python, "Cleo", server)}
    everybody_hears_everybody(members)
    # A stock client that does not listen is put out by the same rule, and reads why. It takes some
    # 100 KB until its window is full.
    silent = comes(python, "Dan", server, "--never-read")
    for number in range(400):
        members["Ben"].say(f"{number} " + 2000 * "x")
        if any("Dan leaves" in line for line in server.lines):
            break
        for name in ("Ada", "Cleo"):  # so that they keep up
            members[name].expect(f"^Ben: {number} x")
    server.expect("^Dan leaves; 3 in the room$")
    silent.say("now listen")
    silent.expect("^RESOURCE_EXHAUSTED: you have not read")
    assert silent.exit_code() == 1
    for member in members.values():
        member.say("/quit")
        member.ends_cleanly(after_interrupt=False)
    server.ends_cleanly()


def two_hundred_members_one_of_which_never_reads():
    server = room()
    crowd = ours("chat_crowd") + ["--address", server.address]
    out = succeeds(crowd + ["--members", "200", "--lines", "200"],
                   "200 members are in; one never reads", "200 lines reached 198 listeners",
                   "the one that never read: RESOURCE_EXHAUSTED: you have not read the last 64 lines")
    print(out)
    server.expect("^member 0 leaves; 199 in the room$")
    server.expect("; 0 in the room$")
    # 40 MB of lines that one member does not read: without a bound they would all be there.
    before = server.resident_kib()
    succeeds(crowd + ["--members", "4", "--lines", "4000", "--length", "10000"],
             "4000 lines reached 2 listeners", "RESOURCE_EXHAUSTED")
    grown = server.resident_kib() - before
    print(f"the server grew by {grown} KiB")
    assert grown < 10_000, f"40 MB were said, and the server grew by {grown} KiB"
    server.ends_cleanly()


def leaving():
    server = room()
    witness = comes(ours("chat_client"), "Ada", server)

    def gone(name):
        server.expect(f"^{name} leaves; 1 in the room$")
        witness.say(f"farewell {name}")

    by_word = comes(ours("chat_client"), "Ben", server)
    by_word.say("/quit")
    by_word.ends_cleanly(after_interrupt=False)
    gone("Ben")
    by_end_of_input = comes(ours("chat_client"), "Cleo", server)
    by_end_of_input.end_of_input()
    by_end_of_input.ends_cleanly(after_interrupt=False)
    gone("Cleo")
    by_interrupt = comes(ours("chat_client"), "Dan", server)
    by_interrupt.ends_cleanly()
    gone("Dan")
    killed = comes(ours("chat_client"), "Eve", server)
    killed.kill()
    gone("Eve")
    # The room closes while somebody is in it.
    server.ends_cleanly()
    witness.expect("UNAVAILABLE")
    assert witness.exit_code() == 1


def nobody_there():
    fails(ours("chat_client") + ["--name", "Ada", "--address", "127.0.0.1:1"], "UNAVAILABLE", stdin="")


running.main(globals())
