"""Tells a story in pieces, on the stock Python library, and ends by cancelling its own context."""

import time

import assistant_pb2
import assistant_pb2_grpc

import flags
from serve import serve

PIECE = 1024  # bytes


def piece(data):
    return assistant_pb2.TellStoryResponse(text_chunk=data)


class Storyteller(assistant_pb2_grpc.AssistantServiceServicer):

    def __init__(self, file, time_scale):
        self.file, self.time_scale = file, time_scale

    def TellStory(self, request, context):
        whom = f"{request.user_name} from {request.institution}"
        yield piece(f"Hello {whom}! This is a story.\n\n".encode())
        time.sleep(3 * self.time_scale)
        with open(self.file, "rb") as text:
            while data := text.read(PIECE):
                yield piece(data)
                time.sleep(0.05 * self.time_scale)
        yield piece(b"\nThe end.\n")
        # Here the piece above has been sent.
        context.cancel()


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    parser.add_argument("--file", default="examples/story/story.txt")
    parser.add_argument("--time-scale", type=float, default=1)
    arguments = parser.parse_args()
    teller = Storyteller(arguments.file, arguments.time_scale)
    serve(lambda server: assistant_pb2_grpc.add_AssistantServiceServicer_to_server(teller, server),
          arguments)


if __name__ == "__main__":
    main()
