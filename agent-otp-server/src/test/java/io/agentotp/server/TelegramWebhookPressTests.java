package io.agentotp.server;

class TelegramWebhookPressTests extends ChatPressTests {

	@Override
	ChatServer chat() {
		return new TelegramServer(true);
	}

	@Override
	int half() {
		return 1;
	}

}
