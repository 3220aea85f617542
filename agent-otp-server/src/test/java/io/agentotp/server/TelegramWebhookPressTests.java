package io.agentotp.server;

class TelegramWebhookPressTests extends ChatPressTests {

	@Override
	ChatServer chat() {
		return new TelegramServer(true);
	}

	@Override
	int quarter() {
		return 3;
	}

}
