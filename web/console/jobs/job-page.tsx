export const JobPage = () => <h1>Job</h1>
