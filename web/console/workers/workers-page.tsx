export const WorkersPage = () => <h1>Workers</h1>
