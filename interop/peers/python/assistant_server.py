"""GreetWithInfo and Multiply of AssistantService on the stock Python library."""

import assistant_pb2
import assistant_pb2_grpc
import flags
from serve import serve


class Assistant(assistant_pb2_grpc.AssistantServiceServicer):

    def GreetWithInfo(self, request, context):
        return assistant_pb2.GreetResponse(
            message=f"Hello {request.user_name} from {request.institution}!")

    def Multiply(self, request, context):
        return assistant_pb2.MultResponse(xin=request.xin, yin=request.yin,
                                          result=request.xin * request.yin)


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=8082)
    serve(lambda server: assistant_pb2_grpc.add_AssistantServiceServicer_to_server(
        Assistant(), server), parser.parse_args())


if __name__ == "__main__":
    main()
