"""Row 10: calls at the same time on one connection, and workers that are too few for them."""

import re

import running
from running import Program, Server, fails, go_peer, ours, python_peer, succeeds

OUR_SERVER = ours("multiplexing_server")


def go_client():
    return [*go_peer("multiplexing_client"), "-addr"]


def our_client():
    return [*ours("multiplexing_client"), "--address"]


def run_calls(client, server_command, scale, workers, a, b):
    """What the server says, such as ("A 1", "begins"), in its order, and the client's output."""
    server = Server(server_command + ["--port", "0", "--time-scale", str(scale),
                                      "--workers", str(workers)])
    out = succeeds(client + [server.address, "-a", str(a), "-b", str(b)])
    server.ends_cleanly()
    return [match.groups() for line in server.lines
            if (match := re.match(r"([AB] \d+) (begins|ends)", line))], out


def holds_at_some_scale(check):
    """A machine that is busy may take longer for the calls than the handlers sleep, so the sleeps
    grow until what is to be seen is seen; with the real ones it has to be."""
    for scale in (0.05, 0.3):
        try:
            return check(scale)
        except AssertionError:
            pass
    return check(1)


def together(said):
    """How many calls have begun when the first one ends."""
    return [what for _, what in said].index("ends")


def overlap(client, server_command):
    def check(scale):
        said, out = run_calls(client, server_command, scale, workers=10, a=1, b=1)
        assert together(said) == 2, said
        assert [call for call, what in said if what == "ends"] == ["B 1", "A 1"], said
        assert out.index("B 1 has slept") < out.index("A 1 has slept"), out
        return out

    return holds_at_some_scale(check)


def queue(client, server_command, first_three):
    def check(scale):
        said, out = run_calls(client, server_command, scale, workers=3, a=2, b=2)
        assert len(said) == 8 and together(said) == 3, said
        if first_three:
            assert sorted(call for call, _ in said[:3]) == first_three, said
            assert said[3] == ("B 1", "ends") and said[4] == ("B 2", "begins"), said
            assert said[-1] == ("B 2", "ends"), said
        return out

    return holds_at_some_scale(check)


def none_waits_for_the_other():
    out = overlap(our_client(), OUR_SERVER)
    assert "2 streams on one connection" in out, out
    assert re.search(r"stream +1 +ChillA \|\.*#+ *\|", out), out
    assert re.search(r"stream +3 +ChillB \|\.*#+ +\|", out), out


def workers_too_few():
    out = queue(our_client(), OUR_SERVER, ["A 1", "A 2", "B 1"])
    assert re.search(r"stream +7 +ChillB \|\.{10,}#{10,}\|", out), out


def workers_enough():
    def check(scale):
        said, _ = run_calls(our_client(), OUR_SERVER, scale, workers=4, a=2, b=2)
        assert together(said) == 4, said

    holds_at_some_scale(check)


def io_thread_is_free():
    """The only worker sleeps for minutes and others wait for it; a call that needs none is answered
    meanwhile, and callers can leave."""
    server = Server(OUR_SERVER + ["--port", "0", "--workers", "1", "--time-scale", "100"])
    client = Program(our_client() + [server.address, "-a", "3", "-b", "0"])
    server.expect("A 1 begins, workers busy: 1")
    fails(ours("hello_client") + ["x", server.address], "UNIMPLEMENTED")
    fails(our_client() + [server.address, "-a", "1", "-b", "0", "--deadline", "0.2"])
    assert "ends" not in server.text(), server.text()
    client.ends_cleanly()
    client.expect("cut off")
    server.kill()  # it would wait for its handler


def go_client_overlaps():
    overlap(go_client(), OUR_SERVER)
    queue(go_client(), OUR_SERVER, None)  # which three come first is up to the goroutines


def python_server():
    overlap(our_client(), python_peer("multiplexing_server.py"))
    queue(our_client(), python_peer("multiplexing_server.py"), ["A 1", "A 2", "B 1"])


running.main(globals())
