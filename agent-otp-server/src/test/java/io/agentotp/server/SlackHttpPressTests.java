package io.agentotp.server;

class SlackHttpPressTests extends ChatPressTests {

	@Override
	ChatServer chat() {
		return new SlackServer(false);
	}

	@Override
	int quarter() {
		return 0;
	}

}
