"""Row 9: guessing a number in a bidirectional call, by hand and by itself."""

import running
from running import Program, Server, ours, python_peer, succeeds

CLIENT = ours("guess_client")


def server(command, number):
    return Server(command + ["--port", "0", "--number", str(number)])


def answers(command, number, by_hand=()):
    """The lines `GUESS SYMBOL …` without what follows."""
    host = server(command, number)
    out = succeeds(CLIENT + ["--address", host.address] + ([] if by_hand else ["--auto"]),
                   stdin="\n".join(by_hand) + "\n")
    host.ends_cleanly()
    lines = [line.split()[:2] for line in out.splitlines()]
    return [tuple(words) for words in lines if len(words) == 2 and words[1] in "<>="], out


def searches(command):
    for number, way in ((62, [(50, ">"), (75, "<"), (62, "=")]), (50, [(50, "=")])):
        said, _ = answers(command, number)
        assert said == [(str(guess), symbol) for guess, symbol in way], said
    for number in (1, 100):
        said, out = answers(command, number)
        assert said[-1] == (str(number), "=") and len(said) <= 7, out
        assert f"found with {len(said)} guesses" in out, out


def plays_by_hand(command):
    said, out = answers(command, 62, by_hand=["50", "abc", "", "6.2", "99999999999", "75", "62"])
    assert said == [("50", ">"), ("75", "<"), ("62", "=")], out
    for bad in ("abc", "", "6.2", "99999999999"):
        assert f"'{bad}' is not a number" in out, out
    assert "found with 3 guesses" in out, out


def auto():
    searches(ours("guess_server"))


def by_hand():
    plays_by_hand(ours("guess_server"))
    said, out = answers(ours("guess_server"), 62, by_hand=["-7", "1000"])
    assert said == [("-7", ">"), ("1000", "<")] and "from 1 to 100: the number" in out, out
    assert out.endswith("given up\n"), out


def player_thinks():
    """Two players at a time; one leaves by Ctrl+C, the other one has its own game."""
    host = server(ours("guess_server"), 7)
    players = [Program(CLIENT + ["--address", host.address]) for _ in range(2)]
    for player in players:
        player.expect("a number")
        player.say("9")
        player.expect("^9 < the number is smaller$")
    players[0].interrupt()
    players[0].expect("^left$")
    players[0].ends_cleanly(after_interrupt=False)
    players[1].say("7")
    players[1].expect("found with 2 guesses")
    players[1].ends_cleanly(after_interrupt=False)
    host.ends_cleanly()


def every_call_another_number():
    host = Server(ours("guess_server") + ["--port", "0"])
    found = set()
    for _ in range(20):
        out = succeeds(CLIENT + ["--address", host.address, "--auto"], "found with")
        found.add(next(line.split()[0] for line in out.splitlines() if " = " in line))
    assert len(found) > 1, f"20 games, always {found}"  # by accident once in 10^38 runs
    host.ends_cleanly()


def python_client():
    host = server(ours("guess_server"), 62)
    succeeds(python_peer("guess_client.py") + ["--address", host.address],
             "50 > the number is greater\n75 < the number is smaller\n62 = that is it\n")
    host.ends_cleanly()


def python_server():
    searches(python_peer("guess_server.py"))
    plays_by_hand(python_peer("guess_server.py"))


running.main(globals())
