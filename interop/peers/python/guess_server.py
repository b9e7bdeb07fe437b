"""Lets its clients guess a number, on the stock Python library."""

import random

import assistant_pb2
import assistant_pb2_grpc

import flags
from serve import serve


def compare(number, guess):
    """`number SYMBOL guess`."""
    if number == guess:
        symbol, message = "=", "that is it"
    elif number < guess:
        symbol, message = "<", "the number is smaller"
    else:
        symbol, message = ">", "the number is greater"
    return assistant_pb2.GuessIntResponse(message=message, guess=guess, symbol=symbol)


class Host(assistant_pb2_grpc.AssistantServiceServicer):

    def __init__(self, number):
        self.fixed = number

    def GuessInt(self, request_iterator, context):
        number = self.fixed or random.randint(1, 100)
        for request in request_iterator:
            answer = compare(number, request.guess)
            yield answer
            if answer.symbol == "=":
                return


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    parser.add_argument("--number", type=int, help="always this one; default: a new one each time")
    arguments = parser.parse_args()
    host = Host(arguments.number)
    serve(lambda server: assistant_pb2_grpc.add_AssistantServiceServicer_to_server(host, server),
          arguments)


if __name__ == "__main__":
    main()
