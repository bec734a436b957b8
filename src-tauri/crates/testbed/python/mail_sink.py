"""A mail server that keeps what it is given: each mail becomes a JSON line on stdout."""

import argparse
import asyncio
import json
import ssl

import trustme
from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    def __init__(self, options):
        self.options = options
        self.later = options.later
        self.drop = options.drop

    async def handle_DATA(self, server, session, envelope):
        if self.drop > 0:
            self.drop -= 1
            server.transport.abort()
            return "421 gone"
        if self.later > 0:
            self.later -= 1
            return "451 4.3.0 try again, " + envelope.rcpt_tos[0]
        if self.options.refuse:
            return "550 5.1.1 no such person: " + envelope.rcpt_tos[0]
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode(),
            "tls": session.ssl is not None or self.options.tls == "wrapped",
            "login": session.auth_data,
            "connection": session.peer[1],
        }
        print(json.dumps(mail), flush=True)
        return "250 kept"


def authenticator(login):
    def check(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == login, handled=False, auth_data=data.login.decode())

    return check


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", choices=["none", "starttls", "wrapped"], default="none")
    parser.add_argument("--certificate", help="where the authority's certificate goes")
    parser.add_argument("--login", help="name:password that must be given")
    parser.add_argument("--later", type=int, default=0, help="mails that are refused for now")
    parser.add_argument("--drop", type=int, default=0, help="mails whose connection breaks off")
    parser.add_argument("--refuse", action="store_true", help="refuse every mail for good")
    options = parser.parse_args()

    context = None
    if options.tls != "none":
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        authority.cert_pem.write_to_path(options.certificate)
    sink = Sink(options)

    def conversation():
        return SMTP(
            sink,
            hostname="sink.test",
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            auth_required=options.login is not None,
            auth_require_tls=False,
            authenticator=authenticator(options.login) if options.login else None,
        )

    server = await asyncio.get_running_loop().create_server(
        conversation, "127.0.0.1", 0, ssl=context if options.tls == "wrapped" else None
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
