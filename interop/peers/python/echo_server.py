"""unary.Unary and bidirectional.Bidirectional on the stock Python library."""

import bidirectional_pb2_grpc
import unary_pb2
import unary_pb2_grpc

import flags
from serve import serve


class Unary(unary_pb2_grpc.UnaryServicer):

    def GetServerResponse(self, request, context):
        return unary_pb2.MessageResponse(message=request.message, received=True)


class Bidirectional(bidirectional_pb2_grpc.BidirectionalServicer):

    def GetServerResponse(self, request_iterator, context):
        yield from request_iterator


def add_services(server):
    unary_pb2_grpc.add_UnaryServicer_to_server(Unary(), server)
    bidirectional_pb2_grpc.add_BidirectionalServicer_to_server(Bidirectional(), server)


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    serve(add_services, parser.parse_args())


if __name__ == "__main__":
    main()
