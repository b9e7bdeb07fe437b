"""Prints messages as the stock Python library encodes them: a line NAME HEX for each."""

import argparse

import assistant_pb2
import interests_pb2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="Martin", help="of the person")
    parser.add_argument("--number", type=int, default=1337, help="their favourite one")
    arguments = parser.parse_args()
    messages = {
        "person": interests_pb2.Person(user_name=arguments.name, favorite_number=arguments.number,
                                       interests=["daydreaming", "hacking"]),
        "greet": assistant_pb2.GreetRequest(user_name="Peter", institution="SUSTech"),
        "doubles": assistant_pb2.MultResponse(xin=3.5, yin=7, result=24.5),
    }
    for name, message in messages.items():
        print(name, message.SerializeToString().hex(), flush=True)


if __name__ == "__main__":
    main()
