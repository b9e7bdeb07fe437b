"""Calculator on the stock Python library, with ten workers."""

import math

import grpc

import calculator_pb2
import calculator_pb2_grpc
import flags
from serve import serve


class Calculator(calculator_pb2_grpc.CalculatorServicer):

    def SquareRoot(self, request, context):
        if not request.value >= 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT,
                          f"{request.value} has no square root among the real numbers")
        return calculator_pb2.Number(value=math.sqrt(request.value))


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    serve(lambda server: calculator_pb2_grpc.add_CalculatorServicer_to_server(Calculator(), server),
          parser.parse_args(), workers=10)


if __name__ == "__main__":
    main()
