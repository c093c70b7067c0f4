export const DeadLettersPage = () => <h1>Dead letters</h1>
