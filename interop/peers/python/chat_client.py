"""A member of a chat.Room on the stock Python library: says the lines of its input, prints what others
say. `/quit`, the end of the input and Ctrl+C leave."""

import argparse
import os
import sys
import threading

import grpc

import chat_pb2
import chat_pb2_grpc


# Else the library lets some megabytes come before anybody has read a byte.
SMALL_WINDOW = [("grpc.http2.lookahead_bytes", 65535), ("grpc.http2.bdp_probe", 0)]


def lines(name):
    """What this member says: first who it is."""
    yield chat_pb2.Line(name=name)
    for typed in sys.stdin:
        text = typed.rstrip("\n")
        if text == "/quit":
            return
        if text:
            yield chat_pb2.Line(text=text)


def silence(name, over):
    yield chat_pb2.Line(name=name)
    over.wait()


def take_part(room, name):
    call = room.Join(lines(name))
    call.initial_metadata()  # waits until the room has let us in
    print("you are in; /quit leaves", flush=True)
    for line in call:
        print(f"{line.name}: {line.text}", flush=True)


def never_read(room, name):
    """Not before a line is typed, that is. Then all that has come, and how it ended."""
    over = threading.Event()
    call = room.Join(silence(name, over))
    call.initial_metadata()
    print("you are in and do not listen", flush=True)
    sys.stdin.readline()
    read = 0
    try:
        for _ in call:
            read += 1
    finally:
        print(f"{read} lines had come", flush=True)
        over.set()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--never-read", action="store_true", help="until a line is typed")
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address, options=SMALL_WINDOW) as channel:
        room = chat_pb2_grpc.RoomStub(channel)
        try:
            (never_read if arguments.never_read else take_part)(room, arguments.name)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", flush=True)
            os._exit(1)
        except KeyboardInterrupt:
            pass
    os._exit(0)  # without waiting for the thread that waits for the input


if __name__ == "__main__":
    main()
