"""Serves Debian's ``docker-compose`` to the program in ``bin``; run by the system's own Python.

Loading its modules takes most of its time, and a replay calls it a dozen times. Loaded once, it is
forked for each call, with that call's arguments, directory, variables and output.

Usage: ``/usr/bin/python3 compose_server.py SOCKET``; ends with the process that started it.
"""

import array
import json
import os
import signal
import socket
import sys

MESSAGE_MAX_BYTES = 1 << 20


def receive(connection: socket.socket) -> tuple:
    """A call: its description, and its standard output and error."""
    size = array.array("i")
    room = socket.CMSG_SPACE(3 * size.itemsize)
    data, ancillary, _, _ = connection.recvmsg(MESSAGE_MAX_BYTES, room)
    size.frombytes(ancillary[0][2])
    while not data.endswith(b"\n"):
        data += connection.recv(MESSAGE_MAX_BYTES)
    return json.loads(data), list(size)


def become(call: dict, descriptors: list) -> int:
    """Be that call of ``docker-compose``; its exit status."""
    from compose.cli.main import main

    os.environ.clear()
    os.environ.update(call["environment"])
    os.chdir(call["directory"])
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    sys.argv = ["docker-compose", *call["arguments"]]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def answer(connection: socket.socket) -> None:
    """Fork for a call, and send its exit status when it has ended."""
    call, descriptors = receive(connection)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = become(call, descriptors)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def serve(path: str) -> None:
    """Take calls, each in a process of its own."""
    import compose.cli.main  # noqa: F401  loaded for all who are forked

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                answer(connection)
            finally:
                os._exit(0)
        connection.close()


if __name__ == "__main__":
    serve(sys.argv[1])
