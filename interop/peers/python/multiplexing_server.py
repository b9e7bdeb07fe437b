"""Sleeps for its callers, on the stock Python library."""

import time

import assistant_pb2
import assistant_pb2_grpc

import flags
from serve import serve


class Sleeper(assistant_pb2_grpc.AssistantServiceServicer):

    def __init__(self, time_scale):
        self.time_scale = time_scale

    def ChillA(self, request, context):
        return self.sleep("A", 5, request, context)

    def ChillB(self, request, context):
        return self.sleep("B", 3, request, context)

    def sleep(self, kind, seconds, request, context):
        name = f"{kind} {request.id}"
        context.send_initial_metadata(())  # the caller sees when its turn came
        print(f"{name} begins\n", end="", flush=True)
        time.sleep(seconds * self.time_scale)
        print(f"{name} ends\n", end="", flush=True)
        return assistant_pb2.ChatMessage(id=request.id, message=f"{name} has slept")


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    parser.add_argument("--workers", type=int, default=10, help="threads for handlers")
    parser.add_argument("--time-scale", type=float, default=1)
    arguments = parser.parse_args()
    sleeper = Sleeper(arguments.time_scale)
    serve(lambda server: assistant_pb2_grpc.add_AssistantServiceServicer_to_server(sleeper, server),
          arguments, workers=arguments.workers)


if __name__ == "__main__":
    main()
