import asyncio
import smtplib
from email.message import EmailMessage

import aiohttp

from appliance.commands.demo.mailbox import serve
from appliance.supervisor import listen


def sent(port):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@demo.example", "médecin@x.example", "Votre code"
    message.set_content("Votre code est 482913.\n.une ligne qui commence par un point\nÀ bientôt")
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.send_message(message)


async def test_mails_and_texts_are_listed_oldest_first():
    smtp, http = listen("127.0.0.1", 0, ""), listen("127.0.0.1", 0, "")
    mail_port, base = smtp.getsockname()[1], f"http://127.0.0.1:{http.getsockname()[1]}"
    stop = asyncio.Event()
    served = asyncio.create_task(serve(smtp, http, stop))
    await asyncio.to_thread(sent, mail_port)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/sms", json={"to": "+33639980001", "text": "<b>112233</b>"}) as answer:
            assert answer.status == 202
        async with session.post(f"{base}/sms", data=b"nonsense") as answer:
            assert answer.status == 400
        async with session.get(f"{base}/messages") as answer:
            mail, sms = await answer.json()
        async with session.get(base) as answer:
            page = await answer.text()
    assert (mail["channel"], mail["to"], mail["subject"]) == ("email", "médecin@x.example", "Votre code")
    assert "482913" in mail["text"]
    assert "\n.une ligne" in mail["text"].replace("\r", "")
    assert sms == {"channel": "sms", "to": "+33639980001", "subject": "", "text": "<b>112233</b>"}
    assert "&lt;b&gt;112233" in page
    stop.set()
    await served


async def test_a_client_that_talks_nonsense_spoils_nothing():
    smtp, http = listen("127.0.0.1", 0, ""), listen("127.0.0.1", 0, "")
    port = smtp.getsockname()[1]
    stop = asyncio.Event()
    served = asyncio.create_task(serve(smtp, http, stop))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\xff\xfe" + b"x" * 10000 + b"\r\n")
    await writer.drain()
    await reader.read()
    writer.close()
    await asyncio.to_thread(sent, port)
    async with aiohttp.ClientSession() as client:
        kept = await (await client.get(f"http://127.0.0.1:{http.getsockname()[1]}/messages")).json()
    assert [message["channel"] for message in kept] == ["email"]
    stop.set()
    await served
