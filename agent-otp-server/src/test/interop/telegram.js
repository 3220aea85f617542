// The API of bots of Telegram, and people who write and press there. Each line of the input is something that
// somebody does, each line of the output what came of it.
import net from 'node:net';
import readline from 'node:readline';
import module from 'telegram-test-api';

const TelegramServer = module.default ?? module;
const port = await new Promise((resolve) => {
	const probe = net.createServer().listen(0, '127.0.0.1', () => {
		const free = probe.address().port;
		probe.close(() => resolve(free));
	});
});
const server = new TelegramServer({ port, host: '127.0.0.1', storeTimeout: 600 });
await server.start();
console.log(server.config.apiURL);

for await (const line of readline.createInterface({ input: process.stdin })) {
	const command = JSON.parse(line);
	const client = server.getClient(command.token, { userId: command.user, chatId: command.chat ?? command.user });
	if (command.press) {
		const press = client.makeCallbackQuery(command.press, { message: { message_id: command.message } });
		console.log(JSON.stringify(await client.sendCallback(press)));
	}
	else if (command.write) {
		console.log(JSON.stringify(await client.sendCommand(client.makeCommand(command.write))));
	}
	else {
		console.log(JSON.stringify(server.getUpdatesHistory(command.token).filter((each) => each.message?.chat_id)));
	}
}
