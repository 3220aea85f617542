package io.agentotp.server;

class SlackSocketPressTests extends ChatPressTests {

	@Override
	ChatServer chat() {
		return new SlackServer(true);
	}

	@Override
	int quarter() {
		return 1;
	}

}
