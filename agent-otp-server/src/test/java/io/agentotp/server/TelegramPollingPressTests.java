package io.agentotp.server;

class TelegramPollingPressTests extends ChatPressTests {

	@Override
	ChatServer chat() {
		return new TelegramServer(false);
	}

	@Override
	int quarter() {
		return 2;
	}

}
